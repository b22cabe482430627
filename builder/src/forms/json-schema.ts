/** JSON Schema (2020-12), as far as `z.toJSONSchema` writes it, with the hints of engine/steps/form-hints.ts. */
import type { FormHints, PickKind } from '#engine/steps/form-hints.ts'

export interface JsonSchema {
  type?: string | readonly string[]
  title?: string
  description?: string
  default?: unknown
  const?: unknown
  enum?: readonly unknown[]
  format?: string
  pattern?: string
  minimum?: number
  maximum?: number
  exclusiveMinimum?: number
  exclusiveMaximum?: number
  multipleOf?: number
  minLength?: number
  maxLength?: number
  minItems?: number
  maxItems?: number
  properties?: Readonly<Record<string, JsonSchema>>
  required?: readonly string[]
  additionalProperties?: boolean | JsonSchema
  propertyNames?: JsonSchema
  items?: JsonSchema | boolean
  prefixItems?: readonly JsonSchema[]
  anyOf?: readonly JsonSchema[]
  oneOf?: readonly JsonSchema[]
  allOf?: readonly JsonSchema[]
  $ref?: string
  $defs?: Readonly<Record<string, JsonSchema>>
  picks?: PickKind
  ui?: FormHints
}

/** The schema itself, with what a `$ref` leads to; what stands beside the `$ref` wins. Unknown references stay empty. */
export function resolve(schema: JsonSchema, root: JsonSchema): JsonSchema {
  const { $ref, ...own } = schema
  if ($ref === undefined) return schema
  const target = $ref === '#' ? root : root.$defs?.[$ref.replace('#/$defs/', '')]
  return target === undefined ? own : { ...resolve(target, root), ...own }
}
