<?php
function covpipe_probed(bool $yes): int
{
    if ($yes) {
        return 1;
    }
    return 2;
}
covpipe_probed(true);
