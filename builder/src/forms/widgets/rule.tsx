/** Rules and cases: told in a sentence, written in the rule editor. */
import { useMemo } from 'react'
import type { Rule } from '#engine/conditions/schema.ts'
import { useEditor } from '../../editor/editor-context.tsx'
import { CasesEditor, type BranchCase } from '../../rules/cases-editor.tsx'
import { comingTo } from '../../rules/coming.ts'
import { RuleField } from '../../rules/rule-field.tsx'
import { ClearButton, FieldFrame } from '../field-frame.tsx'
import { useForm, type FieldProps } from '../form-context.tsx'
import { isRecord } from '../plan.ts'

export function RuleSetting(props: FieldProps) {
  const { plan, path, value } = props
  const { change, isReadOnly } = useForm()
  return (
    <FieldFrame field={props} within side={<ClearButton field={props} />}>
      <RuleField
        value={value ?? plan.default}
        label={plan.title}
        isReadOnly={isReadOnly}
        onChange={(rule) => change(path, rule, { title: plan.title })}
      />
    </FieldFrame>
  )
}

export function CasesField(props: FieldProps) {
  const { plan, path, value } = props
  const { change, isReadOnly, step } = useForm()
  const graph = useEditor((state) => state.content.document.graph)
  const among = useMemo(() => (step === null ? null : comingTo(graph, step)), [graph, step])
  const shown = value ?? plan.default
  const cases = (Array.isArray(shown) ? shown : []).filter(isRecord).map((one, index): BranchCase => ({
    id: typeof one['id'] === 'string' ? one['id'] : `case-${String(index + 1)}`,
    name: typeof one['name'] === 'string' ? one['name'] : '',
    // What is no rule (yet) is shown as none by the editor itself.
    when: one['when'] as Rule,
  }))
  return (
    <FieldFrame field={{ ...props, plan: { ...plan, description: '' } }} within>
      <CasesEditor
        cases={cases}
        isReadOnly={isReadOnly}
        among={among}
        onChange={(next, label, typing) =>
          change(path, next, {
            title: plan.title,
            label: label.charAt(0).toLowerCase() + label.slice(1),
            ...(typing === undefined ? {} : { typing }),
          })
        }
      />
    </FieldFrame>
  )
}
