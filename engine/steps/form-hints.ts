/**
 * How a setting is asked for. Written into the metadata of a zod schema, `.meta({ title, description, picks, ui })`, and
 * carried into the JSON Schema as it is, so that built-in and custom steps get the same forms. Everything is optional:
 * without any hint the kind of value decides (a text, a number, a choice, a list).
 */

/** What a text is chosen from, or the control it is written with. `picks` on a list of texts chooses several. */
export const pickKinds = [
  'asset',
  'pool',
  'survey',
  'question',
  'segment',
  'form',
  'field',
  'event',
  'property',
  'tag',
  'topic',
  'cue',
  'person',
  'queue',
  'journey',
  'step',
  'zone',
  'language',
  'country',
  'duration',
  'time',
  'weekdays',
  'window',
  'rule',
  'cases',
  'answers',
  'filters',
  'value',
  'message',
  'line',
] as const
export type PickKind = (typeof pickKinds)[number]

/** Controls that no kind of value stands for by itself. */
type ControlKind = 'paragraph' | 'slider' | 'money' | 'offset' | 'json'

/** One value of a choice, in words. */
type OptionWords = string | { label: string; help?: string }

export interface FormHints {
  /** Instead of what the kind of value suggests. */
  control?: ControlKind
  /** The heading it stands under; fields of one section stand together. */
  section?: string
  /** Under "More settings", folded. */
  advanced?: boolean
  /** Never asked: made when an entry is added (ids that connections hang on). */
  hidden?: boolean
  /** Asked for as needed, though the schema would let it be absent: the step's own check refuses that. */
  needed?: boolean
  /** Half as wide: two stand beside each other. */
  half?: boolean
  /** Only asked while another setting of the same object has one of these values. */
  showWhen?: { setting: string; is: readonly (string | number | boolean | null)[] }
  /** Words for the values of a choice. */
  options?: Readonly<Record<string, OptionWords>>
  /** What an absent value means, in words: "The lead's own zone". */
  empty?: string
  /** After a number: "%", "days", "points". */
  unit?: string
  /** What one entry of a list is called: "case", "outcome". */
  entry?: string
  /** The setting of an entry that heads it. */
  entryTitle?: string
  /** The numbers of all entries add up to this. */
  total?: { setting: string; is: number; unit: string }
  /** For `picks: 'field'`: only fields of these types. */
  fieldTypes?: readonly string[]
  /** For `picks: 'field'`: only fields that may be written. */
  writable?: boolean
  /** For `question`, `answers`, `filters` and `value`: the setting beside it that says of what. */
  of?: string
  /** ISO 4217, for `control: 'money'`; the value is the amount in that currency. */
  currency?: string
}

declare module 'zod' {
  interface GlobalMeta {
    picks?: PickKind
    ui?: FormHints
  }
}
