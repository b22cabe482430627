/** Rules and cases: written by the rule editor. */
import type { FieldProps } from '../form-context.tsx'
import { ListField } from './list.tsx'
import { JsonField } from './json.tsx'

export function RuleSetting(props: FieldProps) {
  return <JsonField {...props} />
}

export function CasesField(props: FieldProps) {
  return <ListField {...props} />
}
