// Lets the Temporal SDK fetch its own copy of the dev server into the folder given as the first argument. Run as a
// process of its own: the SDK offers the download only together with starting the server, which is stopped again.
import { TestWorkflowEnvironment } from '@temporalio/testing'

const downloadDir = process.argv[2]
if (downloadDir === undefined) throw new Error('Usage: node scripts/provision/download-temporal.ts FOLDER')

try {
  const environment = await TestWorkflowEnvironment.createLocal({
    server: { executable: { type: 'cached-download', downloadDir, ttl: '365d' } },
  })
  await environment.teardown()
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`)
  process.exitCode = 1
}
