/** What a schema says about a wrong value, in the words of the product and at the place where it is. */
import type { z } from 'zod'
import { durationSchema, type GraphNode } from '../graph/schema.ts'
import type { Issue } from '../issues.ts'

type Path = (string | number)[]

const durationPattern = patternOf(durationSchema)
/** Issues that, where nothing is, mean that something should be. */
const saysType: ReadonlySet<string> = new Set(['invalid_type', 'invalid_union', 'invalid_value'])

/** The problems of a node's config, each at its path; an unknown setting at its own name. */
export function configIssues(issues: readonly z.core.$ZodIssue[], node: GraphNode): Issue[] {
  return issues
    .flatMap((issue) => schemaProblems(issue, node.config))
    .map(({ path, message, isDuration }) => ({
      code: isDuration ? ('DURATION_INVALID' as const) : ('STEP_CONFIG_INVALID' as const),
      severity: 'error' as const,
      nodeId: node.id,
      path,
      message,
    }))
}

/** One schema issue told as problems with their paths in `input`; several unknown keys are several problems. */
export function schemaProblems(
  issue: z.core.$ZodIssue,
  input: unknown,
): { path: Path; message: string; isDuration: boolean }[] {
  const path = issue.path.map((part) => (typeof part === 'symbol' ? String(part) : part))
  if (issue.code === 'unrecognized_keys') {
    return issue.keys.map((key) => ({
      path: [...path, key],
      message: `"${[...path, key].join('.')}" is not known here; correct its name or remove it.`,
      isDuration: false,
    }))
  }
  const value = valueAt(input, path)
  const place = path.length === 0 ? 'This' : `"${path.join('.')}"`
  const isDuration = issue.code === 'invalid_format' && typeof value === 'string' && issue.pattern === durationPattern
  if (value === undefined && saysType.has(issue.code)) {
    return [{ path, message: `${place} is missing; fill it in.`, isDuration }]
  }
  if (value === undefined) return [{ path, message: `${place} is wrong: ${remedy(issue)}`, isDuration }]
  return [{ path, message: `${place} is ${quote(value)}: ${remedy(issue)}`, isDuration }]
}

/** A value as it appears in a message: quoted, cut to a length one can read. */
export function quote(value: unknown): string {
  const text = typeof value === 'string' ? value : (JSON.stringify(value) ?? String(value))
  return `"${text.length > 80 ? `${text.slice(0, 79).toWellFormed()}…` : text}"`
}

function valueAt(input: unknown, path: Path): unknown {
  let value = input
  for (const part of path) {
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, part)) return undefined
    value = (value as Record<string | number, unknown>)[part]
  }
  return value
}

/** What is to be done about it, to follow the quoted value. */
function remedy(issue: z.core.$ZodIssue): string {
  if (issue.code === 'invalid_type') return `write ${nameOfType(issue.expected)} here.`
  if (issue.code === 'invalid_value') return `write one of ${issue.values.map((value) => quote(value)).join(', ')}.`
  return issue.code === 'invalid_union' ? unionRemedy(issue) : lowerFirst(issue.message)
}

function unionRemedy(issue: z.core.$ZodIssueInvalidUnion): string {
  const options: unknown = 'options' in issue ? issue.options : undefined
  if (Array.isArray(options)) return `write one of ${options.map((value) => quote(value)).join(', ')}.`
  const types = issue.errors.flatMap(([first]) => (first?.code === 'invalid_type' ? [nameOfType(first.expected)] : []))
  return types.length === 0
    ? 'it fits none of the forms allowed here.'
    : `write ${[...new Set(types)].join(' or ')} here.`
}

function nameOfType(expected: string): string {
  const names: Record<string, string> = {
    string: 'a text',
    number: 'a number',
    int: 'a whole number',
    boolean: 'true or false',
    array: 'a list',
    object: 'an object',
    record: 'an object',
  }
  return Object.hasOwn(names, expected) ? (names[expected] ?? expected) : expected
}

/** "Write a duration…" → "write a duration…"; abbreviations stay. */
function lowerFirst(message: string): string {
  return /^[A-Z][a-z]/.test(message) ? message.charAt(0).toLowerCase() + message.slice(1) : message
}

function patternOf(schema: z.ZodType): string | undefined {
  const issue = schema.safeParse('').error?.issues[0]
  return issue?.code === 'invalid_format' ? issue.pattern : undefined
}
