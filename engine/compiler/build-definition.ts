/** From a graph without errors to what leads walk. */
import type { Dependency } from '../conditions/evaluation.ts'
import { mergeNeeds, ruleNeeds } from '../conditions/needs.ts'
import type { Rule } from '../conditions/schema.ts'
import { definitionFormat, type Definition, type DefinitionStep } from '../definition/types.ts'
import type { Needs } from '../facts.ts'
import type { Analysis, AnalysedStep } from './analysis.ts'
import { rulesOf } from './checks/rules.ts'
import { triggersOf } from './triggers.ts'

/** The definition, or null when there is not exactly one entry with a valid config (which `validate` has reported). */
export function buildDefinition(analysis: Analysis): Definition | null {
  const { graph, steps, entries } = analysis
  const [entry] = entries
  if (entry === undefined || entries.length > 1) return null
  const rules = rulesOf(analysis, [], false).map(({ rule }) => rule)
  const stepNeeds = steps.flatMap(({ type, config, node }): Partial<Needs>[] =>
    config === null || node.disabled === true || type?.needs === undefined ? [] : [type.needs(config)],
  )
  const { library } = analysis.context
  return {
    format: definitionFormat,
    entry: entry.node.id,
    triggers: [...triggersOf(entry)],
    steps: Object.fromEntries(steps.map((step) => [step.node.id, buildStep(step, analysis)])),
    settings: graph.settings,
    segments: [...new Set(rules.flatMap(segmentsIn))].sort(),
    needs: mergeNeeds(...stepNeeds, ...rules.map((rule) => ruleNeeds(rule, library).needs)),
    watch: watchedRules(analysis).map((rule): { rule: Rule; on: Dependency[] } => ({
      rule,
      on: ruleNeeds(rule, library).dependsOn,
    })),
  }
}

function buildStep({ node, type, name, config, ports }: AnalysedStep, { edgesFrom }: Analysis): DefinitionStep {
  // A disabled step keeps its first way only: which one is first must not hang on the order of keys.
  const used = node.disabled === true ? ports?.slice(0, 1) : ports
  const taken = new Set(used?.map(({ id }) => id))
  const edges = edgesFrom.get(node.id)?.filter(({ port }) => taken.has(port)) ?? []
  return {
    type: node.type,
    name,
    config: config ?? {},
    next: Object.fromEntries(edges.map(({ port, to }) => [port, to])),
    ...(node.disabled === true ? { disabled: true as const } : {}),
    ...(type?.attempts === undefined || node.tries === undefined ? {} : { tries: node.tries }),
  }
}

/** Goal first, then exits in their order, as they are looked at. */
function watchedRules({ graph }: Analysis): Rule[] {
  const { goal, exits } = graph.settings
  return [...(goal === undefined ? [] : [goal]), ...exits.map(({ when }) => when)]
}

function segmentsIn(rule: Rule): string[] {
  if (rule.kind === 'in_segment') return [rule.segment]
  if (rule.kind === 'not') return segmentsIn(rule.rule)
  return rule.kind === 'all' || rule.kind === 'any' ? rule.rules.flatMap(segmentsIn) : []
}
