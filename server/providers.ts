/** The ways of sending that reach real people, from the configuration. */
import { createPublicKey } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import type { Rates } from '#activities/mailroom/throttle.ts'
import type { Provider } from '#activities/providers/contract.ts'
import { createSmtpProvider } from '#activities/providers/smtp.ts'
import { createHttpPostcardProvider } from '#activities/postcards/http-provider.ts'
import { createPrintBatchProvider } from '#activities/postcards/print-batch.ts'
import type { Database } from '#db/client.ts'
import { readCompanyProfile } from '#db/repositories/company-profile.ts'
import type { Channel } from '#engine/vocabulary.ts'
import type { MailSetup } from './routes/company.ts'
import type { Config } from './config.ts'
import type { SmtpConfig } from './smtp-config.ts'

/** Providers by channel; a channel without one uses the built-in mailbox. `close` them when the worker has stopped. */
export interface RealProviders {
  providers: Partial<Record<Channel, Provider>>
  close(): void
}

/** @throws when the DKIM key cannot be read. */
export async function createRealProviders(config: ProviderConfig, db: Database): Promise<RealProviders> {
  const { smtp } = config
  const postcard = postcardProvider(config, db)
  if (smtp === null) return { providers: { postcard }, close: () => undefined }
  const mail = createSmtpProvider({
    url: smtp.url,
    connections: smtp.connections,
    ...(smtp.bounceAddress === null ? {} : { bounceAddress: smtp.bounceAddress }),
    rates: ratesOf(smtp),
    // Asked per message that names no sender, which is rare: messages bring theirs along.
    sender: async () => (await readCompanyProfile(db)).from ?? smtp.from,
    ...(smtp.dkim === null ? {} : { dkim: { ...smtp.dkim, privateKey: await readKey(smtp.dkim.keyFile) } }),
  })
  return { providers: { email: mail, notification: mail, postcard }, close: () => mail.close() }
}

/** Which channels reach real people as this installation is configured. */
export function realChannels({ smtp }: Pick<Config, 'smtp'>): Channel[] {
  // Cards always find a way: a print batch needs nothing but a person.
  return smtp === null ? ['postcard'] : ['email', 'notification', 'postcard']
}

type ProviderConfig = Pick<Config, 'smtp' | 'postcards'>

/** The print-and-mail service where one is set, else the print batch. */
function postcardProvider({ postcards: { apiUrl, apiKey } }: ProviderConfig, db: Database): Provider {
  return apiUrl === undefined
    ? createPrintBatchProvider(db)
    : createHttpPostcardProvider({ url: apiUrl, apiKey, company: () => readCompanyProfile(db) })
}

function ratesOf({ rate, domainRates }: SmtpConfig): Rates {
  const others = domainRates.get('*') ?? null
  return { perSecond: rate, forDomain: (domain) => domainRates.get(domain) ?? others }
}

/** What DNS must know of how mail is signed and handed over. */
export async function mailSetupOf({ smtp }: Pick<Config, 'smtp'>): Promise<MailSetup> {
  if (smtp === null) return { dkim: null, mailHost: null }
  const { dkim, url } = smtp
  const { hostname } = new URL(url)
  if (dkim === null) return { dkim: null, mailHost: hostname }
  const { selector, domain, keyFile } = dkim
  const publicKey = createPublicKey(await readKey(keyFile))
    .export({ format: 'der', type: 'spki' })
    .toString('base64')
  return { dkim: { selector, domain, publicKey }, mailHost: hostname }
}

async function readKey(file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8')
  } catch (error) {
    throw new Error(`DKIM_KEY_FILE is "${file}", which cannot be read: ${String(error)}`, { cause: error })
  }
}
