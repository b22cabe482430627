/** The step's own form, made from its schema; below it, for messages, what a lead would read. */
import { lazy, Suspense, useMemo } from 'react'
import { configureStep } from '#engine/graph/edit.ts'
import type { GraphNode } from '#engine/graph/schema.ts'
import { Form } from '../../forms/form.tsx'
import type { FormState } from '../../forms/form-context.tsx'
import { isRecord, planForm, widgetsOf } from '../../forms/plan.ts'
import { setAt } from '../../forms/values.ts'
import { t } from '../../i18n/t.ts'
import { Empty } from '../../ui/states.tsx'
import { useCatalogue, useEditorStore } from '../editor-context.tsx'
import { useIsStepEditable } from '../presence/step-lock.tsx'
import { MessagePreview } from './message-preview.tsx'
import { useStepIssues } from './step-issues.ts'

const TryStep = lazy(() => import('../simulate/try-step.tsx'))

export function SettingsTab({ node }: { node: GraphNode }) {
  const { id, type, config } = node
  const store = useEditorStore()
  const catalogue = useCatalogue()
  const isEditable = useIsStepEditable()
  const issues = useStepIssues(node)
  const schema = catalogue.manifest(type)?.config
  const plan = useMemo(() => (schema === undefined ? null : planForm(schema)), [schema])
  const state: FormState = {
    step: id,
    root: config,
    isReadOnly: !isEditable,
    issues,
    change: (path, value, { title, label, typing }) => {
      store.apply(
        label ?? t('change “{{title}}”', { title }),
        (document) => {
          // What is stored now, not what was when this was drawn: two controls may write in one go.
          const present = document.graph.nodes.find((one) => one.id === id)?.config ?? config
          const next = setAt(present, path, value)
          // A field that is left says again what it has said before.
          return isRecord(next) && next !== present ? configureStep(document, id, next, catalogue.portsOf) : document
        },
        typing === undefined ? {} : { merge: `config ${id} ${path.join('.')} ${typing}` },
      )
    },
  }
  if (plan === null) {
    return (
      <Empty title={t('This step is not installed here')}>
        {t('Nothing here is called “{{type}}”. Put its file into activities/custom, or take the step out.', { type })}
      </Empty>
    )
  }
  const isMessage = widgetsOf(plan).includes('message')
  return (
    <>
      {plan.fields.every(({ widget }) => widget === 'hidden') ? (
        <Empty title={t('Nothing to set')}>{t('This step needs no settings.')}</Empty>
      ) : (
        <Form plan={plan} state={state} />
      )}
      {isMessage ? <MessagePreview node={node} /> : null}
      {node.type === 'entry' || node.disabled === true ? null : (
        <Suspense fallback={null}>
          <TryStep key={node.id} node={node} />
        </Suspense>
      )}
    </>
  )
}
