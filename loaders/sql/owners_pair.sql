-- A set of owners and one of them; several are joined with UNION ALL.
SELECT CAST(? AS VARCHAR(256)) AS owner_set, CAST(? AS VARCHAR(256)) AS one_owner
