// `npm run test:fuzz`: asks the running API whatever its OpenAPI document allows, with schemathesis, a fuzzer that is not
// ours. It is a program of Python: `pipx install schemathesis`, or point SCHEMATHESIS at it. FUZZ_URL says where
// Trellis runs (http://127.0.0.1:3000 if unset), FUZZ_KEY a key that may do everything. Use an installation made for it:
// it writes, erases and deletes.
import { spawnSync } from 'node:child_process'

const program = process.env['SCHEMATHESIS'] ?? 'st'
const url = (process.env['FUZZ_URL'] ?? 'http://127.0.0.1:3000').replace(/\/+$/, '')
const key = process.env['FUZZ_KEY']

const found = spawnSync(program, ['--version'], { encoding: 'utf8' })
if (found.error !== undefined) {
  process.stderr.write(`"${program}" is not installed: pipx install schemathesis, or set SCHEMATHESIS to its path.\n`)
  process.exit(2)
}
const { status } = spawnSync(
  program,
  [
    'run',
    `${url}/api/v1/openapi.json`,
    `--url=${url}`,
    ...(key === undefined ? [] : ['-H', `Authorization: Bearer ${key}`]),
    // What is promised: no server error, no status, type or body that the document does not have.
    '--checks=not_a_server_error,status_code_conformance,content_type_conformance,response_schema_conformance',
    '--phases=examples,coverage,fuzzing',
    `--max-examples=${process.env['FUZZ_EXAMPLES'] ?? '30'}`,
    '--seed=20261122',
    '--workers=2',
    // Never ends; answers in words while no worker runs; asks name servers; throttles by design.
    '--exclude-operation-id=stream',
    '--exclude-operation-id=getHealth',
    '--exclude-operation-id=getSenderDomain',
    '--exclude-operation-id=putCompanyProfile',
    '--exclude-operation-id=signIn',
    '--exclude-operation-id=acceptInvitation',
    ...process.argv.slice(2),
  ],
  { stdio: 'inherit' },
)
process.exit(status ?? 1)
