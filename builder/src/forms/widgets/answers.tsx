import { MultiSelect, TagsInput } from '@mantine/core'
import { t } from '../../i18n/t.ts'
import { useLabels } from '../field-frame.tsx'
import { useForm, type FieldProps } from '../form-context.tsx'
import { useNearestText } from '../siblings.ts'
import { useLibrary } from '../sources.ts'

/** Answers to the question of this step: those it offers, or written ones. Numbers stay numbers. */
export function AnswersField(props: FieldProps) {
  const { plan, path, value } = props
  const { change, isReadOnly } = useForm()
  const labels = useLabels(props, true)
  const survey = useNearestText(path, plan.hints.of ?? 'survey')
  const questionId = useNearestText(path, 'question')
  const library = useLibrary().data?.library
  const question = survey === null ? undefined : library?.surveys[survey]?.questions.find(({ id }) => id === questionId)
  const chosen = Array.isArray(value) ? value : []
  const isNumeric = question !== undefined && ['number', 'scale', 'rating', 'nps'].includes(question.type)
  const options = offered(question)
  const write = (next: string[]): void =>
    change(
      path,
      next.map((text) => (isNumeric && Number.isFinite(Number(text)) ? Number(text) : text)),
      { title: plan.title },
    )
  const common = {
    ...labels,
    size: 'xs' as const,
    readOnly: isReadOnly,
    value: chosen.map(String),
    onChange: write,
  }
  if (options.length === 0) {
    return (
      <TagsInput
        {...common}
        placeholder={question === undefined ? t('Choose the question first') : t('Write an answer, then Enter')}
      />
    )
  }
  const known = new Set(options.map((option) => option.value))
  const missing = chosen.map(String).filter((one) => !known.has(one))
  return (
    <MultiSelect
      {...common}
      searchable
      hidePickedOptions
      data={[
        ...options,
        ...missing.map((one) => ({ value: one, label: t('{{name}} (not there any more)', { name: one }) })),
      ]}
      placeholder={chosen.length === 0 ? t('Choose') : ''}
    />
  )
}

type Question = NonNullable<ReturnType<typeof useLibrary>['data']>['library']['surveys'][string]['questions'][number]

function offered(question: Question | undefined): { value: string; label: string }[] {
  if (question === undefined) return []
  if (question.type === 'yes_no') {
    return [
      { value: 'yes', label: t('Yes') },
      { value: 'no', label: t('No') },
    ]
  }
  if (question.type === 'scale' || question.type === 'rating' || question.type === 'nps') {
    const first = question.min ?? (question.type === 'nps' ? 0 : 1)
    const last = question.max ?? (question.type === 'nps' ? 10 : 5)
    return Array.from({ length: Math.min(101, Math.max(0, last - first + 1)) }, (_, index) => {
      const value = String(first + index)
      return { value, label: value }
    })
  }
  return (question.options ?? []).map(({ value, label }) => ({ value, label: label === '' ? value : label }))
}
