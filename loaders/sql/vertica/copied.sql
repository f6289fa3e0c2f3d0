-- The answer is one row: what the last COPY of this session took, and what not.
SELECT GET_NUM_ACCEPTED_ROWS(), GET_NUM_REJECTED_ROWS()
