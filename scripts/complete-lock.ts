// `npm run lock:complete`: adds to package-lock.json the optional packages of other platforms that `npm install` left
// out because the registry it asked does not have them. Without them `npm ci` refuses the lock. Run it after every
// `npm install PACKAGE`; a unit test says when it is needed.
import { readFileSync, writeFileSync } from 'node:fs'
import { findMissingPlatforms, type LockEntry } from './provision/complete-lock.ts'

const file = new URL('../package-lock.json', import.meta.url)
const lock = JSON.parse(readFileSync(file, 'utf8')) as { packages: Record<string, LockEntry> }
const missing = findMissingPlatforms(lock.packages)
lock.packages = Object.fromEntries(
  Object.entries({ ...lock.packages, ...missing }).toSorted(([one], [other]) => one.localeCompare(other, 'en')),
)
writeFileSync(file, `${JSON.stringify(lock, null, 2)}\n`)
process.stdout.write(`${String(Object.keys(missing).length)} packages added to package-lock.json.\n`)
