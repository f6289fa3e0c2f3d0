// Asks the test server what a client of Node does: a query, parameters, rows
// written and read, an error, and a query after it. It prints one line of JSON.
const { Client } = require('vertica-nodejs')

async function main () {
  const client = new Client({
    host: process.env.VERTICA_HOST,
    port: Number(process.env.VERTICA_PORT),
    user: 'loader',
    password: process.env.VERTICA_PASSWORD,
    database: 'coverage',
    tls_mode: 'disable'
  })
  await client.connect()
  await client.query('CREATE TABLE numbers (n INT, label VARCHAR(80))')
  await client.query('INSERT INTO numbers (n, label) VALUES (?, ?)', [1, "it's one"])
  await client.query('INSERT INTO numbers (n, label) VALUES (?, ?)', [2, null])
  const rows = await client.query('SELECT n, label FROM numbers ORDER BY n')
  let refused = ''
  try {
    await client.query('SELECT * EXCLUDE (n) FROM numbers')
  } catch (err) {
    refused = err.message
  }
  const one = await client.query('SELECT COUNT(*) AS n FROM numbers WHERE label = ?', ["it's one"])
  await client.end()
  console.log(JSON.stringify({ rows: rows.rows, refused, one: one.rows }))
}

main().catch((err) => {
  console.error(err)
  process.exit(1)
})
