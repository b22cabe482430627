/**
 * The words of the product, each list defined once. Database enums, schemas and screens derive from these.
 * This file imports nothing, so that replayed code may use it.
 */

/** Where a lead stands in the sales process. Both directions are allowed; the history is kept. */
export const stages = [
  'new',
  'qualified',
  'unqualified',
  'engaged',
  'sales_ready',
  'opportunity',
  'customer',
  'lost',
  'inactive',
] as const
export type Stage = (typeof stages)[number]

/** How much effort a lead gets. */
export const attentions = ['hot', 'warm', 'cool', 'inactive'] as const
export type Attention = (typeof attentions)[number]

/** What a delivery travels by. */
export const channels = ['email', 'postcard', 'notification'] as const
export type Channel = (typeof channels)[number]

/** What consent, suppression and caps speak about: the channels plus the telephone. */
export const contactChannels = ['email', 'postcard', 'phone'] as const
export type ContactChannel = (typeof contactChannels)[number]

/**
 * Why a message is sent. `transactional` answers the lead's own act (a thank-you, what was asked for) and needs no
 * marketing consent; `nurture` and `promotional` do. Internal notices to colleagues are `internal`.
 */
export const purposes = ['transactional', 'nurture', 'promotional', 'internal'] as const
export type Purpose = (typeof purposes)[number]

/**
 * On what ground marketing may be sent: an express consent (GDPR Art. 6(1)(a)); the soft opt-in of an existing customer
 * (ePrivacy Art. 13(2)); legitimate interest (GDPR Art. 6(1)(f)); implied by a purchase (CASL s. 10(10)(a): 2 years) or by
 * an inquiry (s. 10(10)(e): 6 months).
 */
export const consentBases = [
  'consent',
  'soft_opt_in',
  'legitimate_interest',
  'implied_purchase',
  'implied_inquiry',
] as const
export type ConsentBasis = (typeof consentBases)[number]

/**
 * `active` walks or waits; `paused` holds what falls due; `parked` waits for a person after an error;
 * `completed` reached an end of its path (or its goal); `exited` was taken out early.
 */
export const enrollmentStatuses = ['active', 'paused', 'parked', 'completed', 'exited'] as const
export type EnrollmentStatus = (typeof enrollmentStatuses)[number]

/**
 * `queued` waits for the mailroom (perhaps until `notBefore`); `sending` is with a provider; `accepted` was taken by the
 * provider; `skipped` was refused by the gate; `failed` was refused by the provider; `cancelled` lost its reason to be
 * sent; `unknown` was `sending` when its batch died.
 */
export const deliveryStatuses = ['queued', 'sending', 'accepted', 'skipped', 'failed', 'cancelled', 'unknown'] as const
export type DeliveryStatus = (typeof deliveryStatuses)[number]

/** What a mailbox tells us after the provider had taken a message. A hard bounce is for good, a soft one passes. */
export const deliveryFeedbackKinds = ['hard_bounce', 'soft_bounce', 'complaint'] as const
export type DeliveryFeedbackKind = (typeof deliveryFeedbackKinds)[number]

/** What mail that came in is. `unreadable` could not be parsed; `other` answers nothing of ours. */
export const inboundKinds = [
  'reply',
  'auto_reply',
  'unsubscribe',
  'bounce',
  'complaint',
  'other',
  'unreadable',
] as const
export type InboundKind = (typeof inboundKinds)[number]

export const effectStatuses = ['open', 'done', 'failed', 'cancelled'] as const
export type EffectStatus = (typeof effectStatuses)[number]

export const taskStatuses = ['open', 'done', 'cancelled'] as const
export type TaskStatus = (typeof taskStatuses)[number]

export const taskKinds = ['call', 'task'] as const
export type TaskKind = (typeof taskKinds)[number]

/**
 * What a lead does that makes a task about it pointless. `bought`: it became a customer or purchased; `lost`: it was given
 * up; `replied`: it wrote by itself. (A task also ends with its journey, and a call when the lead must not be called.)
 */
export const taskEnds = ['bought', 'lost', 'replied'] as const
export type TaskEnd = (typeof taskEnds)[number]

/** What a person may do here, from everything to looking. */
export const userRoles = ['owner', 'marketing', 'sales', 'viewer'] as const
export type UserRole = (typeof userRoles)[number]

/** Who gets a new task of a queue: each in turn, the owner of the lead before that, or whoever takes it. */
export const queueRules = ['round_robin', 'owner_first', 'take'] as const
export type QueueRule = (typeof queueRules)[number]

/** What a person is told about. */
export const notificationKinds = [
  'assigned',
  'reminder',
  'escalated',
  'reply',
  'snooze_over',
  'publish_failed',
] as const
export type NotificationKind = (typeof notificationKinds)[number]

export const journeyStatuses = ['draft', 'live', 'paused', 'archived'] as const
export type JourneyStatus = (typeof journeyStatuses)[number]

/** What is to be published later: waiting, gone live, refused when its time came, or called off. */
export const publicationStatuses = ['scheduled', 'published', 'failed', 'cancelled'] as const

/** A publish that moves leads in flight: `stopping` = called off, those already told still answer. */
export const moveStatuses = ['running', 'stopping', 'done', 'cancelled'] as const

/** What became of a lead it was about. `left` = it had moved on by itself; `refused` = it could not be done. */
export const moveResults = ['moved', 'exited', 'left', 'refused', 'cancelled'] as const

/** May a lead that was in the journey before enter again? */
export const reenrollmentPolicies = ['never', 'after_exit', 'after_days', 'always'] as const
export type ReenrollmentPolicy = (typeof reenrollmentPolicies)[number]

/** Educational assets nurture; promotional ones are refused in a nurture step unless the author overrides. */
export const assetKinds = ['educational', 'promotional'] as const
export type AssetKind = (typeof assetKinds)[number]

/** The gate's reasons for not sending (now). Each is explained in docs/errors.md. */
export const gateReasons = [
  'no_address',
  'address_incomplete',
  'address_unprintable',
  'no_consent',
  'consent_expired',
  'objected',
  'suppressed',
  'do_not_email',
  'do_not_mail',
  'do_not_call',
  'dnc_listed',
  'dnc_stale',
  'paused_by_lead',
  'lead_cadence',
  'topic_refused',
  'cap_reached',
  'quiet_hours',
  'outside_window',
  'cool_off',
  'reply_pending',
  'stale',
  'duplicate',
  'enrollment_ended',
  'enrollment_paused',
  'journey_off',
  'live_sending_off',
  'on_hold',
  'lead_erased',
] as const
export type GateReason = (typeof gateReasons)[number]

/** Events Trellis itself records on a lead; companies add their own names freely. */
export const builtInEvents = {
  formSubmitted: 'form_submitted',
  downloaded: 'downloaded',
  registered: 'registered',
  invited: 'invited',
  surveyAnswered: 'survey_answered',
  questionAnswered: 'question_answered',
  messageSent: 'message_sent',
  emailOpened: 'email_opened',
  linkClicked: 'link_clicked',
  emailBounced: 'email_bounced',
  emailComplained: 'email_complained',
  replied: 'replied',
  unsubscribed: 'unsubscribed',
  consentExpiring: 'consent_expiring',
  consentExpired: 'consent_expired',
  taskDone: 'task_done',
  cueNoted: 'cue_noted',
  purchased: 'purchased',
} as const

/** Temporal task queues. Segment work and bulk jobs never share a queue with leads. */
export const taskQueues = {
  leads: 'leads',
  mailroom: 'mailroom',
  segments: 'segments',
  custom: 'custom',
} as const

/** The most steps one turn may take in one enrollment before it parks (a loop without a rest). */
export const maxStepsPerTurn = 500

/** Ways out of a step that mean it was not done, whatever the reason. One set for every number and list of such leads. */
export const failurePorts = ['error', 'skipped', 'message_failed', 'nobody'] as const
