import {
  Autocomplete,
  Loader,
  MultiSelect,
  Select,
  TagsInput,
  type ComboboxItem,
  type ComboboxItemGroup,
} from '@mantine/core'
import { t } from '../../i18n/t.ts'
import { AssetCard } from '../asset-card.tsx'
import { useLabels } from '../field-frame.tsx'
import { useForm, type FieldProps } from '../form-context.tsx'
import { offered } from '../offered.ts'
import { useNearestText } from '../siblings.ts'
import { useSource, type Pick, type Source } from '../sources.ts'
import { useStepSource } from '../step-source.ts'
import { emptied, useText } from './text.tsx'

function usePicks({ plan, path }: FieldProps): Source {
  const { picks, hints } = plan
  const of = useNearestText(
    path,
    hints.of ?? (picks === 'question' ? 'survey' : picks === 'property' ? 'event' : undefined),
  )
  const steps = useStepSource()
  const source = useSource(picks ?? 'tag', hints, of)
  return picks === 'step' ? { items: steps, isOpen: false, isLoading: false, error: null } : source
}

/** One of what there is, by its name. What is stored and is not there any more is still shown. */
export function PickField(props: FieldProps) {
  const { plan, path, value } = props
  const { change, isReadOnly } = useForm()
  const source = usePicks(props)
  const labels = useLabels(props)
  const shown = value ?? plan.default
  const chosen = typeof shown === 'string' && shown !== '' ? shown : null
  if (source.isOpen) return <OpenPick {...props} source={source} />
  const items = withPresent(source, chosen)
  return (
    <>
      <Select
        {...labels}
        error={labels.error ?? (source.error === null ? null : source.error.message)}
        size="xs"
        searchable
        limit={200}
        data={grouped(items)}
        readOnly={isReadOnly}
        clearable={!plan.required && plan.default === undefined && value !== undefined && !isReadOnly}
        allowDeselect={false}
        placeholder={plan.hints.empty ?? t('Choose')}
        nothingFoundMessage={source.isLoading ? t('Reading…') : t('Nothing of that name')}
        rightSection={source.isLoading ? <Loader size={12} /> : undefined}
        clearButtonProps={{ 'aria-label': t('Remove {{name}}', { name: plan.title }) }}
        value={chosen}
        renderOption={({ option }) => <OptionLine item={items.find((item) => item.value === option.value)} />}
        onChange={(next) => change(path, next ?? emptied(plan), { title: plan.title })}
      />
      {plan.picks === 'asset' && chosen !== null ? <AssetCard assetKey={chosen} /> : null}
    </>
  )
}

/** Any word, with those that are in use to choose from. */
function OpenPick({ source, ...props }: FieldProps & { source: Source }) {
  const { plan } = props
  const { typed, isReadOnly } = useText(props)
  const labels = useLabels(props)
  return (
    <Autocomplete
      {...labels}
      size="xs"
      limit={100}
      data={grouped(source.items.map((item) => ({ ...item, label: item.value })))}
      filter={({ options, search }) => offered(options, search, source.items)}
      placeholder={plan.hints.empty ?? t('Choose or write')}
      readOnly={isReadOnly}
      maxLength={plan.maxLength ?? undefined}
      value={typed.value}
      renderOption={({ option }) => <OptionLine item={source.items.find((item) => item.value === option.value)} />}
      onFocus={typed.onFocus}
      onBlur={typed.onBlur}
      onChange={typed.onText}
    />
  )
}

/** Several of what there is. */
export function PickManyField(props: FieldProps) {
  const { plan, path, value } = props
  const { change, isReadOnly } = useForm()
  const source = usePicks(props)
  const labels = useLabels(props, true)
  const shown = value ?? plan.default
  const chosen = Array.isArray(shown) ? shown.map(String) : []
  const common = {
    ...labels,
    size: 'xs' as const,
    placeholder: chosen.length === 0 ? (plan.hints.empty ?? t('Choose')) : '',
    readOnly: isReadOnly,
    value: chosen,
    onChange: (next: string[]) => change(path, next, { title: plan.title }),
  }
  if (source.isOpen) return <TagsInput {...common} data={source.items.map((item) => item.value)} />
  const missing = chosen.filter((one) => !source.items.some((item) => item.value === one))
  const items = [...source.items, ...missing.map((one) => ({ value: one, label: one }))]
  return <MultiSelect {...common} data={grouped(items)} searchable hidePickedOptions limit={200} />
}

/** Any words. */
export function WordsField(props: FieldProps) {
  const { plan, path, value } = props
  const { change, isReadOnly } = useForm()
  const labels = useLabels(props, true)
  const shown = value ?? plan.default
  return (
    <TagsInput
      {...labels}
      size="xs"
      placeholder={plan.hints.empty ?? t('Write one, then Enter')}
      readOnly={isReadOnly}
      {...(plan.maxItems === null ? {} : { maxTags: plan.maxItems })}
      value={Array.isArray(shown) ? shown.map(String) : []}
      onChange={(next) => change(path, next, { title: plan.title })}
    />
  )
}

function OptionLine({ item }: { item: Pick | undefined }) {
  if (item === undefined) return null
  return (
    <span style={{ display: 'flex', gap: 8, alignItems: 'baseline', width: '100%' }}>
      <span style={{ flex: 1 }}>{item.label}</span>
      {item.hint === undefined || item.hint === item.label ? null : (
        <span style={{ color: 'var(--muted)', fontSize: 11 }}>{item.hint}</span>
      )}
    </span>
  )
}

/** What is stored stays choosable, named as missing once the list is there. */
function withPresent({ items, isLoading }: Source, chosen: string | null): readonly Pick[] {
  if (chosen === null || items.some(({ value }) => value === chosen)) return items
  return [{ value: chosen, label: isLoading ? chosen : t('{{name}} (not there any more)', { name: chosen }) }, ...items]
}

function grouped(items: readonly Pick[]): (ComboboxItem | ComboboxItemGroup<ComboboxItem>)[] {
  const unique = [...new Map(items.map((item) => [item.value, item])).values()]
  const named = Map.groupBy(unique, ({ group }) => group ?? '')
  return [...named].flatMap(([group, members]): (ComboboxItem | ComboboxItemGroup<ComboboxItem>)[] => {
    const data = members.map(({ value, label }) => ({ value, label }))
    return group === '' ? data : [{ group, items: data }]
  })
}
