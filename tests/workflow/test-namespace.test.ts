import { Client, Connection } from '@temporalio/client'
import { expect, test } from 'vitest'
import { createTestNamespace, temporalAddress, uniqueName } from '../support/temporal.ts'

test('a fresh namespace takes a workflow at once and shows only its own', async () => {
  const connection = await Connection.connect({ address: temporalAddress() })
  const namespace = await createTestNamespace()
  const client = new Client({ connection, namespace })
  const workflowId = uniqueName('probe')
  const handle = await client.workflow.start('nothing', { taskQueue: uniqueName('queue'), workflowId })
  expect((await handle.describe()).workflowId).toBe(workflowId)
  expect((await client.workflow.count('')).count).toBeLessThanOrEqual(1)
  await handle.terminate()
  await connection.close()
})
