-- Days and covered hours by office and status.
SELECT o.office_name, c.status, count(*) AS days, sum(c.hours_covered) AS hours_covered
FROM mart.coverage AS c
INNER JOIN (SELECT DISTINCT office_id, office_name FROM mart.inventory_current) AS o USING (office_id)
GROUP BY c.office_id, o.office_name, c.status ORDER BY c.office_id, c.status DESC;
