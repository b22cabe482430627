import { inArray } from 'drizzle-orm'
import { JourneyNotFound } from '#activities/journeys/errors.ts'
import type { RendererOptions } from '#activities/mailroom/render.ts'
import { previewMessage as preview, PreviewImpossible } from '#activities/messages/preview.ts'
import { sendTest, TestAddressRefused } from '#activities/messages/test-send.ts'
import type { Provider } from '#activities/providers/contract.ts'
import { createMailboxProvider } from '#activities/providers/mailbox.ts'
import type { Database } from '#db/client.ts'
import { users } from '#db/schema/people.ts'
import type { StepRegistry } from '#engine/steps/catalogue.ts'
import { previewMessage, sendTestMessage } from '../contract/messages.ts'
import { HttpProblem } from '../problem.ts'
import { implement, ok, type Implementation } from '../routing.ts'

export function messageRoutes(deps: {
  db: Database
  registry: StepRegistry
  links: RendererOptions
  /** Reaches real mailboxes; null where no mail server is set. */
  email: Provider | null
}): Implementation[] {
  const { db, registry, links, email } = deps
  const mailbox = createMailboxProvider(db)
  return [
    implement(previewMessage, async ({ params, body }) => {
      const { draft, language, leadId } = body
      const request = { ...params, leadId, ...optional({ draft, language }) }
      const { message, ...shown } = await explained(preview({ db, registry, links }, request))
      return ok({
        ...shown,
        message:
          message === null
            ? null
            : {
                channel: message.channel,
                to: message.to,
                from: message.from ?? null,
                replyTo: message.replyTo ?? null,
                subject: message.subject,
                html: message.html,
                text: message.plain,
                headers: message.headers,
              },
      })
    }),

    implement(sendTestMessage, async ({ params, body }, { actor, principal: { userKey } }) => {
      const { draft, language, leadId, to } = body
      const result = await explained(
        sendTest(
          { db, registry, links, mailbox, email },
          { ...params, leadId, to, actor, own: await addressesOf(db, userKey), ...optional({ draft, language }) },
        ),
      )
      if (result.sent) return ok({ to: result.to, providerId: result.providerId })
      const code = result.issues.some(({ severity }) => severity === 'error') ? 'MESSAGE_INVALID' : 'TEST_NOT_SENT'
      throw new HttpProblem(code, result.reason, { issues: result.issues })
    }),
  ]
}

async function addressesOf(db: Database, userKey: string | null): Promise<string[]> {
  if (userKey === null) return []
  const rows = await db
    .select({ email: users.email })
    .from(users)
    .where(inArray(users.key, [userKey]))
  return rows.map(({ email }) => email)
}

function optional<Fields extends object>(fields: Fields): { [Key in keyof Fields]?: Exclude<Fields[Key], undefined> } {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as never
}

/** Errors of the use cases as the caller reads them. */
async function explained<Result>(work: Promise<Result>): Promise<Result> {
  try {
    return await work
  } catch (error) {
    if (error instanceof JourneyNotFound || error instanceof PreviewImpossible || error instanceof TestAddressRefused) {
      throw new HttpProblem(error.code, error.message)
    }
    throw error
  }
}
