/** The differences of two versions as a list to walk, each with a sentence. */
import { diffGraphs, type GraphDiff } from '#engine/compiler/diff.ts'
import type { JourneyDocument } from '#engine/graph/document.ts'
import { findNode } from '#engine/graph/document.ts'
import { t } from '../../i18n/t.ts'
import { speakChanges, speakSettings, type SpokenChange, type WordsGround } from './field-words.ts'

export interface Change {
  key: string
  kind: 'added' | 'removed' | 'changed' | 'settings'
  /** The step it is about; null for the journey's own settings. */
  stepId: string | null
  name: string
  /** What happened, in a sentence. */
  sentence: string
  fields: SpokenChange[]
}

export interface Comparison {
  diff: GraphDiff
  changes: Change[]
  /** What it all comes to, in a few sentences. */
  summary: string[]
}

const nothing: JourneyDocument['graph'] = {
  format: 1,
  nodes: [],
  edges: [],
  settings: {} as JourneyDocument['graph']['settings'],
}

/** `before` is null when nothing was published yet: then everything is new. */
export function compareDocuments(
  before: JourneyDocument | null,
  after: JourneyDocument,
  ground: WordsGround,
): Comparison {
  const old = before ?? { graph: { ...nothing, settings: after.graph.settings }, layout: after.layout }
  const diff = diffGraphs(old.graph, after.graph, { before: before?.layout, after: after.layout })
  const changes = [
    ...settingsChange(diff, ground),
    ...diff.removed.map(({ id }) => removal(old, id, ground)),
    ...changedSteps(diff, old, after, ground),
    ...diff.added.map(({ id }) => addition(after, id, ground)),
  ]
  return { diff, changes, summary: before === null ? [] : summarise(diff, old, after, ground) }
}

function settingsChange(diff: GraphDiff, ground: WordsGround): Change[] {
  if (diff.settings.length === 0) return []
  return [
    {
      key: 'settings',
      kind: 'settings',
      stepId: null,
      name: t('Journey settings'),
      sentence: t('Settings of the journey change for everybody on the new version.'),
      fields: speakSettings(diff.settings, ground),
    },
  ]
}

function nameIn(document: JourneyDocument, id: string, { catalogue }: WordsGround): string {
  const node = findNode(document, id)
  return node === undefined ? id : catalogue.titleOf(node)
}

function removal(old: JourneyDocument, id: string, ground: WordsGround): Change {
  const name = nameIn(old, id, ground)
  return {
    key: id,
    kind: 'removed',
    stepId: id,
    name,
    sentence: t('“{{name}}” is gone: who enters from now on does not come by it.', { name }),
    fields: [],
  }
}

function addition(after: JourneyDocument, id: string, ground: WordsGround): Change {
  const name = nameIn(after, id, ground)
  const node = findNode(after, id)
  return {
    key: id,
    kind: 'added',
    stepId: id,
    name,
    sentence: node === undefined ? '' : t('New: {{summary}}', { summary: ground.catalogue.summaryOf(node) }),
    fields: [],
  }
}

function changedSteps(diff: GraphDiff, old: JourneyDocument, after: JourneyDocument, ground: WordsGround): Change[] {
  const ids = [...new Set([...diff.changed, ...diff.rewired].map(({ id }) => id))]
  const order = new Map(after.graph.nodes.map(({ id }, index) => [id, index]))
  return ids
    .toSorted((a, b) => (order.get(a) ?? 0) - (order.get(b) ?? 0))
    .map((id): Change => {
      const nodes = { before: findNode(old, id), after: findNode(after, id) }
      const fields = speakChanges(diff.changed.find((step) => step.id === id)?.fields ?? [], nodes, ground)
      const ways = diff.rewired.filter((step) => step.id === id)
      const ports = nodes.after === undefined ? [] : ground.catalogue.portsOf(nodes.after)
      const rewired = ways.map(({ port, before, after: to }): SpokenChange => ({
        label: t('Goes on by “{{port}}” to', { port: ports.find((one) => one.id === port)?.label ?? port }),
        before: sayTarget(before, old, ground),
        after: sayTarget(to, after, ground),
      }))
      const name = nameIn(after, id, ground)
      return {
        key: id,
        kind: 'changed',
        stepId: id,
        name,
        sentence: sentenceOf(name, fields, rewired),
        fields: [...fields, ...rewired],
      }
    })
}

function sentenceOf(name: string, fields: readonly SpokenChange[], rewired: readonly SpokenChange[]): string {
  const [first] = [...fields, ...rewired]
  const count = fields.length + rewired.length
  if (first === undefined) return name
  if (count > 1) return t('{{count}} things change in “{{name}}”.', { name, count })
  if (first.before.length + first.after.length > 120) return t('{{label}} of “{{name}}” changes.', { ...first, name })
  return t('{{label}}: {{before}} becomes {{after}}.', { ...first })
}

function sayTarget(ids: string | null, document: JourneyDocument, ground: WordsGround): string {
  if (ids === null) return t('the end of the path')
  return ids
    .split(', ')
    .map((id) => nameIn(document, id, ground))
    .join(', ')
}

function summarise(diff: GraphDiff, old: JourneyDocument, after: JourneyDocument, ground: WordsGround): string[] {
  if (diff.same) return [t('Nothing that leads go through changes.')]
  const names = (ids: readonly { id: string }[], document: JourneyDocument): string => {
    const shown = ids.slice(0, 3).map(({ id }) => `“${nameIn(document, id, ground)}”`)
    const more = ids.length - shown.length
    return more > 0 ? t('{{names}} and {{more}} more', { names: shown.join(', '), more }) : shown.join(', ')
  }
  const touched = uniqueById([...diff.changed, ...diff.rewired])
  return [
    ...(diff.added.length > 0 ? [t('New on the way: {{names}}.', { names: names(diff.added, after) })] : []),
    ...(diff.removed.length > 0 ? [t('No longer there: {{names}}.', { names: names(diff.removed, old) })] : []),
    ...(touched.length > 0 ? [t('Different: {{names}}.', { names: names(touched, after) })] : []),
    ...(diff.settings.length > 0 ? [t('The settings of the journey change.')] : []),
  ]
}

function uniqueById<Item extends { id: string }>(items: readonly Item[]): Item[] {
  return [...new Map(items.map((item) => [item.id, item])).values()]
}
