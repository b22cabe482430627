// Mends an installed package that is broken upstream, until a release does it. Runs after each install (`postinstall`),
// before every command (bootstrap.mjs) and when the image is built; running again changes nothing. Plain JavaScript that
// imports only Node built-ins, because it runs before anything else can be relied on.
import { existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = dirname(dirname(fileURLToPath(import.meta.url)))

/**
 * postgres 3.4.9, when a connection breaks at the wrong moment: (a) a write that waited for its turn throws out of a timer
 * and ends the process (github.com/porsager/postgres/issues/1208, pull requests 1168 and 1209); (b) the mark of that write
 * stays, so that nothing is written after connecting anew, and whoever gets this connection from the pool waits until it
 * times out, again and again; (c) broken while it asks for the types of arrays, it rejects a promise that nobody holds,
 * which ends the process, too; (d) a transaction whose connection broke while it did something else goes on when the
 * connection is somebody else's, and its late COMMIT or ROLLBACK ends the transaction of that one halfway
 * (issues 1204, 1216, pull request 1215); (e) what is asked between a reset of the connection and its end, such as the
 * ROLLBACK, is waited for on the next connection, which never answers it: whoever gets that one waits for ever, or gets the
 * answer to somebody else's question. Held by tests/db/pool-recovery.test.ts. Delete this when a release passes it without.
 */
const mends = [
  {
    name: 'postgres',
    version: '3.4.9',
    file: 'src/connection.js',
    mend: replacing([
      [
        `  function nextWrite(fn) {
    const x = socket.write(chunk, fn)
`,
        `  function nextWrite(fn) {
    if (socket === null) {
      clearImmediate(nextWriteTimer)
      chunk = nextWriteTimer = null
      error(Errors.connection('CONNECTION_CLOSED', options, socket))
      return false
    }
    const x = socket.write(chunk, fn)
`,
      ],
      [
        `    clearImmediate(nextWriteTimer)
    socket.removeListener('data', data)
    socket.removeListener('connect', connected)
    idleTimer.cancel()
`,
        `    clearImmediate(nextWriteTimer)
    chunk = nextWriteTimer = null
    socket.removeListener('data', data)
    socket.removeListener('connect', connected)
    idleTimer.cancel()
`,
      ],
      [
        `    socket = null

    if (initial)
      return reconnect()
`,
        `    socket = null

    const lost = Errors.connection('CONNECTION_CLOSED', options, socket)
    stream && (stream.destroy(lost), stream = null)
    query && queryError(query, lost)
    while (sent.length) queryError(sent.shift(), lost)
    query = results = errorResponse = null
    result = new Result()

    if (initial)
      return reconnect()
`,
      ],
      [
        `    \`], [], execute)
    types.forEach(`,
        `    \`], [], execute).catch(() => null)
    if (types === null) return socket && socket.destroy()
    types.forEach(`,
      ],
    ]),
  },
  {
    name: 'postgres',
    version: '3.4.9',
    file: 'src/index.js',
    mend: replacing([
      [
        `      , connection
      , prepare = null
`,
        `      , connection
      , lost = null
      , prepare = null
`,
      ],
      [
        `        new Promise((_, reject) => connection.onclose = reject)
`,
        `        new Promise((_, reject) => connection.onclose = (error) => {
          lost = error
          while (queries.length) queries.shift().reject(error)
          reject(error)
        })
`,
      ],
      [
        `        q.catch(e => uncaughtError || (uncaughtError = e))
        c.queue === full
`,
        `        q.catch(e => uncaughtError || (uncaughtError = e))
        if (lost !== null) return q.reject(lost)
        c.queue === full
`,
      ],
    ]),
  },
  /**
   * drizzle-orm names each of its files as an export of its own: 447 of them, 130 kB, which Node reads and parses again
   * for each of the 200 files it loads, so that it takes a second to load. One pattern says the same for 384 of them and
   * makes that a fifth.
   */
  { name: 'drizzle-orm', version: '0.45.4', file: 'package.json', mend: joinExports },
]

/** Each `[broken, whole]` once. Null when a text has neither. */
function replacing(changes) {
  return (before) => {
    let text = before
    for (const [broken, whole] of changes) {
      if (text.includes(whole)) continue
      if (!text.includes(broken)) return null
      text = text.replace(broken, () => whole)
    }
    return text
  }
}

/** `./a/b` → `./a/b.js` and its types, for every such export: as the pattern they share. */
function joinExports(text) {
  const manifest = JSON.parse(text)
  const shape = (path) => {
    const types = { types: `${path}.d.ts`, default: `${path}.js` }
    return { import: types, require: { types: `${path}.d.cts`, default: `${path}.cjs` }, ...types }
  }
  if (manifest.exports['./*'] !== undefined) return text
  const others = Object.entries(manifest.exports).filter(([path, target]) => {
    return JSON.stringify(target) !== JSON.stringify(shape(path))
  })
  if (others.length === Object.keys(manifest.exports).length) return null
  return `${JSON.stringify({ ...manifest, exports: { ...Object.fromEntries(others), './*': shape('./*') } }, null, 2)}\n`
}

/** Mends what is installed and not yet mended. Throws when a package is another version than its mend is for. */
export function mendPackages() {
  for (const { name, version, file, mend } of mends) {
    const folder = join(root, 'node_modules', name)
    if (!existsSync(folder)) continue
    const path = join(folder, file)
    const before = readFileSync(path, 'utf8')
    const text = mend(before)
    if (text === null) {
      const installed = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')).version
      throw new Error(
        `The package "${name}" ${installed} is not what scripts/mend-packages.mjs mends (${version}). Look whether it still needs mending.`,
      )
    }
    if (text === before) continue
    // Several commands may start at once; each sees a whole file.
    const draft = `${path}.${process.pid}`
    writeFileSync(draft, text)
    renameSync(draft, path)
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) mendPackages()
