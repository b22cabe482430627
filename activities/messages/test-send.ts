/** Sends a draft's message to whoever is writing it: marked, never counted, and of no lead's business. */
import type { Database } from '#db/client.ts'
import { newId } from '#db/ids.ts'
import { readSwitches } from '#db/repositories/company-switches.ts'
import { auditLog } from '#db/schema/tasks.ts'
import { mayReach } from '#engine/allow-list.ts'
import type { Issue } from '#engine/issues.ts'
import type { Provider, RenderedMessage } from '../providers/contract.ts'
import { previewMessage, type PreviewDependencies, type PreviewRequest } from './preview.ts'

export interface TestSendRequest extends PreviewRequest {
  /** An address, or `mailbox` for the built-in one. */
  to: string
  /** Addresses of whoever asks: they may always write to themselves. */
  own: readonly string[]
  actor: string
}

export interface TestSendDependencies extends PreviewDependencies {
  db: Database
  /** The built-in mailbox. */
  mailbox: Provider
  /** What reaches real mailboxes; null where none is set up: then only the built-in one can be written to. */
  email: Provider | null
}

export type TestSendResult =
  | { sent: true; to: string; providerId: string | null; deliveryId: string }
  /** The message has problems, or the provider refused it. */
  | { sent: false; issues: Issue[]; reason: string }

/** Thrown when a test may not go to that address. */
export class TestAddressRefused extends Error {
  readonly code = 'TEST_ADDRESS_REFUSED'

  constructor(to: string) {
    super(`A test may not go to "${to}": it goes to your own address, one of the allow-list, or "mailbox".`)
    this.name = 'TestAddressRefused'
  }
}

/**
 * Renders the message for the lead, says "[Test]" in its subject, and hands it over at once. Nothing of the lead changes:
 * no delivery, no event, no cap. Audited.
 * @throws {TestAddressRefused} when the address is neither the asker's, nor on the allow-list, nor `mailbox`.
 */
export async function sendTest(deps: TestSendDependencies, request: TestSendRequest): Promise<TestSendResult> {
  const { db, mailbox, email } = deps
  const { to, own, actor } = request
  const isInternal = to === 'mailbox'
  if (!isInternal) {
    const { allowList } = await readSwitches(db)
    const allowed =
      own.some((address) => sameAddress(address, to)) || mayReach({ liveSending: false, allowList }, 'email', to)
    if (!allowed) throw new TestAddressRefused(to)
  }
  const { message, issues } = await previewMessage(deps, request)
  if (message === null) return { sent: false, issues, reason: 'The message cannot be rendered.' }
  const provider = isInternal ? mailbox : email
  if (provider === null) {
    return { sent: false, issues, reason: 'No mail server is set (SMTP_URL); send the test to "mailbox" instead.' }
  }
  const test = asTest(message, isInternal ? message.to : to)
  await db.insert(auditLog).values({
    actor,
    action: 'message.test_sent',
    subjectKind: 'journey',
    subjectId: request.journey,
    before: null,
    // The address is a colleague's; the lead it was rendered for is named by its id only.
    after: { step: request.step, lead: request.leadId, to },
  })
  const [answer] = await provider.send([test])
  if (answer?.outcome === 'accepted') {
    return { sent: true, to: test.to, providerId: answer.providerId, deliveryId: test.deliveryId }
  }
  return {
    sent: false,
    issues,
    reason:
      answer !== undefined && 'reason' in answer ? answer.reason : 'The mail server did not say what became of it.',
  }
}

function asTest(message: RenderedMessage, to: string): RenderedMessage {
  const deliveryId = newId()
  // What belongs to mass mail stays out: nobody can unsubscribe by it, and no list is meant.
  const {
    'List-Unsubscribe': _link,
    'List-Unsubscribe-Post': _post,
    'Feedback-ID': _tags,
    ...headers
  } = message.headers
  const domain = /@([^>]+)>$/.exec(headers['Message-ID'] ?? '')?.[1] ?? 'localhost'
  return {
    ...message,
    deliveryId,
    channel: 'email',
    to,
    subject: `[Test] ${message.subject}`,
    isTest: true,
    headers: { ...headers, 'Message-ID': `<${deliveryId}@${domain}>`, 'X-Trellis-Test': 'true' },
  }
}

function sameAddress(one: string, other: string): boolean {
  return one.trim().toLowerCase() === other.trim().toLowerCase()
}
