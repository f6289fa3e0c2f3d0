<?php

return ['not' => 'measured'];
