import { randomUUID } from 'node:crypto'
import { Connection } from '@temporalio/client'
import { inject } from 'vitest'

/** Host and port of the run's Temporal server. */
export function temporalAddress(): string {
  return inject('temporalAddress')
}

/** A task queue or workflow-id prefix that no other test uses. */
export function uniqueName(prefix: string): string {
  return `${prefix}-${randomUUID()}`
}

/** A fresh namespace, so that a test sees only its own workflows, schedules and counts. Ready when it resolves. */
export async function createTestNamespace(): Promise<string> {
  const namespace = uniqueName('test')
  const connection = await Connection.connect({ address: temporalAddress() })
  try {
    await connection.workflowService.registerNamespace({
      namespace,
      workflowExecutionRetentionPeriod: { seconds: (24 * 3600) as never },
    })
    return namespace
  } finally {
    await connection.close()
  }
}
