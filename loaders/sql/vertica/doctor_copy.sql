-- Rows into the scratch table of covpipe doctor, with the options of a load.
COPY covpipe_doctor (place_no, text_value) FROM STDIN ABORT ON ERROR DELIMITER E'\001' ENFORCELENGTH ESCAPE AS E'\004'
    NULL E'\003' RECORD TERMINATOR E'\002' NO COMMIT
