/** An asset by email: a given one, the one the lead asked for, or the next best of a pool. */
import { z } from 'zod'
import type { Asset, Library } from '../library.ts'
import { bodySchema, optionalReferenceField, purposeField, subjectSchema } from './config-fields.ts'
import { defineStep, type Outcome, type StepContext } from './contract.ts'
import { lookUp } from './lookup.ts'
import { checkLinked } from './message-template.ts'
import { letterContent, letterFields } from './message-variants.ts'
import { checkChoice, choiceFields, hasExpired, hasSeen, lineageOf } from './pool-choice.ts'
import { checkDuration, checkReference, problem, type StepIssue } from './problems.ts'
import { alreadySent, leaveWith, messagePorts, sendingFields, sendMessage, type Message } from './send-message.ts'
import { checkPool, dryFields, sendNext } from './send-next.ts'

const configSchema = z.strictObject({
  asset: optionalReferenceField('asset', 'Asset', 'The one to send. Leave empty to take the next from a pool.'),
  pool: optionalReferenceField('pool', 'Pool', 'Sends the best asset of this pool that the lead has not had.'),
  assetProperty: z
    .string()
    .min(1)
    .max(100)
    .optional()
    .meta({
      title: 'Asset asked for',
      description:
        'The property of the entry event that names the asset, for example asset. The asset above is sent when it names none.',
      picks: 'property',
      ui: { advanced: true, empty: 'Always the asset above' },
    }),
  purpose: purposeField,
  subject: subjectSchema
    .default('{{ asset.title }}')
    .meta({ title: 'Subject', description: 'One line. Type {{ to insert something about the lead.' }),
  body: bodySchema
    .default(
      'Hello {{ lead.first_name }},\n\nthis may be of use to you: {{ asset.title }}\n\n[Have a look]({{ asset.url }})\n',
    )
    .meta({
      title: 'Text',
      description: 'Plain paragraphs, or HTML or MJML. Type {{ to insert something about the lead.',
      picks: 'message',
    }),
  ...letterFields,
  ...choiceFields,
  ...dryFields,
  ...sendingFields,
})
type Config = z.infer<typeof configSchema>

function promotionalAllowed({ purpose, allowPromotional }: Config): boolean {
  return purpose === 'promotional' || allowPromotional
}

function messageOf(config: Config, asset: Asset): Message {
  const { purpose, subject, body } = config
  return {
    what: `“${asset.title}”`,
    channel: 'email',
    purpose,
    content: { subject, body, ...letterContent(config), assetKey: asset.key },
    assetLineage: lineageOf(asset),
  }
}

/** Sends a given asset, unless it may not or need not be sent; a refusal is on record with its reason. */
function sendGiven(context: StepContext<Config>, key: string): Outcome {
  const done = alreadySent(context)
  if (done !== null) return done
  const { config, facts, library, now, zone } = context
  const leave = (reason: string): Outcome => ({ kind: 'leave', port: 'skipped', reason, detail: { asset: key } })
  const asset = lookUp(library.assets, key)
  if (asset === undefined) return leave(`There is no asset "${key}" any more.`)
  if (hasExpired(asset, now, zone)) return leave(`“${asset.title}” has expired.`)
  if (asset.kind === 'promotional' && config.purpose === 'nurture' && !config.allowPromotional) {
    return leave(`“${asset.title}” is promotional, which this step does not allow.`)
  }
  const message = messageOf(config, asset)
  // Who asks for something again gets it again; a nurture message repeats nothing.
  if (config.purpose !== 'transactional' && hasSeen(asset, facts)) {
    return leaveWith(context, message, { verdict: 'skipped', reason: 'duplicate' })
  }
  return sendMessage(context, message)
}

/** The asset the entry event names, else the given one. */
function givenKey({ config, enrollment, library }: StepContext<Config>): string | undefined {
  const named = config.assetProperty === undefined ? undefined : lookUp(enrollment.properties, config.assetProperty)
  return typeof named === 'string' && lookUp(library.assets, named) !== undefined ? named : config.asset
}

function checkSource(config: Config, library: Library): StepIssue[] {
  const { asset, pool, assetProperty } = config
  if (pool !== undefined) {
    const both = asset !== undefined || assetProperty !== undefined
    return [
      ...(both
        ? [problem('STEP_CONFIG_INVALID', ['pool'], 'Both an asset and a pool are chosen; choose one of them.')]
        : []),
      ...checkPool(config, pool, promotionalAllowed(config), library),
    ]
  }
  if (asset === undefined && assetProperty === undefined) {
    return [problem('STEP_CONFIG_INVALID', ['asset'], 'Nothing to send is chosen; choose an asset or a pool.')]
  }
  const promotional =
    asset !== undefined && lookUp(library.assets, asset)?.kind === 'promotional' && config.purpose === 'nurture'
  return [
    ...checkReference(library, 'assets', asset, ['asset']),
    ...checkDuration(config.staleAfter, ['staleAfter']),
    ...(promotional && !config.allowPromotional
      ? [
          problem(
            'PROMOTIONAL_IN_NURTURE',
            ['asset'],
            `Asset "${asset}" is promotional; choose an educational one, or allow promotional assets here.`,
          ),
        ]
      : []),
  ]
}

/** Sends an asset by email. */
export const sendAsset = defineStep<Config>({
  type: 'send_asset',
  version: 1,
  title: 'Send asset',
  category: 'message',
  icon: 'file-download',
  description: 'Sends a given asset, or the next best of a pool that the lead has not had anywhere.',
  synonyms: ['drip', 'content', 'white paper', 'next best', 'pool', 'download'],
  config: configSchema,
  ports: (config) => messagePorts(config, config.pool === undefined ? [] : [{ id: 'dry', label: 'Nothing left' }]),
  summary: ({ asset, pool, assetProperty }) =>
    pool === undefined ? `Send ${asset ?? `what “${assetProperty ?? ''}” names`}` : `Send next from ${pool}`,
  needs: () => ({ deliveries: true, received: true }),
  check: (config, { library }) => [
    ...checkSource(config, library),
    ...checkChoice(config, library),
    ...checkLinked(config, { asset: true, survey: false, question: false }),
  ],
  rests: () => false,
  run: (context) => {
    const { config } = context
    if (config.pool !== undefined) {
      return sendNext(context, {
        pool: config.pool,
        promotionalAllowed: promotionalAllowed(config),
        message: (asset) => messageOf(config, asset),
      })
    }
    const key = givenKey(context)
    if (key !== undefined) return sendGiven(context, key)
    return {
      kind: 'leave',
      port: 'skipped',
      reason: `The entry event names no asset in "${config.assetProperty ?? ''}".`,
    }
  },
})
