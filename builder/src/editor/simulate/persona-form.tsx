/** Somebody made up for a rehearsal. */
import {
  ActionIcon,
  Button,
  Group,
  Modal,
  NumberInput,
  Select,
  Stack,
  Switch,
  TagsInput,
  Text,
  TextInput,
} from '@mantine/core'
import { IconPlus, IconTrash } from '@tabler/icons-react'
import { useState } from 'react'
import type { FieldValue } from '#engine/facts.ts'
import { fieldCatalogue, parseFieldValue, type Field } from '#engine/fields.ts'
import { reachable, type Persona } from '#engine/simulation/persona.ts'
import { attentions, stages, type Attention, type Stage } from '#engine/vocabulary.ts'
import { useLibrary } from '../../forms/sources.ts'
import { t } from '../../i18n/t.ts'
import { attentionWords, stageWords } from '../../ui/words.ts'
import { changeSettings, useSimulate, useSimulateStore } from './simulate-store.ts'

interface FieldRow {
  key: string
  text: string
}

export function PersonaForm({ onClose }: { onClose: () => void }) {
  const store = useSimulateStore()
  const library = useLibrary().data?.library
  const who = useSimulate((one) => one.settings?.who)
  const settingsZone = useSimulate((one) => one.settings?.zone)
  const before: Persona =
    who?.kind === 'persona' ? who.persona : { name: t('Sample lead'), zone: settingsZone ?? null, fields: reachable }
  const [persona, setPersona] = useState(before)
  const [fields, setFields] = useState<FieldRow[]>(
    Object.entries(before.fields ?? {}).map(([key, value]) => ({
      key,
      text: Array.isArray(value) ? value.join(', ') : String(value ?? ''),
    })),
  )
  if (library === undefined) return null
  const change = (part: Partial<Persona>) => setPersona({ ...persona, ...part })
  const catalogue = fieldCatalogue(library).filter(
    ({ key }) => !['stage', 'attention', 'score', 'zone', 'created_at', 'last_activity_at'].includes(key),
  )
  const did = persona.did ?? []
  const changeDid = (index: number, part: Partial<(typeof did)[number]>) =>
    change({ did: did.map((one, place) => (place === index ? { ...one, ...part } : one)) })
  const readField = ({ key, text }: FieldRow): [string, FieldValue] | null => {
    const field = catalogue.find((one) => one.key === key)
    if (field === undefined) return null
    const raw =
      field.type === 'set'
        ? text.split(',').map((part) => part.trim())
        : field.type === 'number'
          ? Number(text)
          : field.type === 'boolean'
            ? text === 'true' || text === 'yes'
            : text
    const parsed = parseFieldValue(field, raw)
    return parsed.ok ? [key, parsed.value] : null
  }
  const wrong = fields.map((row) => row.key !== '' && readField(row) === null)
  const use = () => {
    const values = Object.fromEntries(
      fields.flatMap((row) => [readField(row) ?? []].filter((one) => one.length === 2)) as [string, FieldValue][],
    )
    store.setState({ head: null })
    changeSettings(store, {
      who: { kind: 'persona', persona: { ...persona, fields: values, did: did.filter(({ event }) => event !== '') } },
    })
    onClose()
  }
  return (
    <Modal opened onClose={onClose} title={t('Somebody made up')} size="lg">
      <Stack gap={12}>
        <Group grow align="flex-start">
          <TextInput
            label={t('Name')}
            value={persona.name}
            onChange={(event) => change({ name: event.currentTarget.value })}
            data-autofocus
          />
          <Select
            label={t('Zone')}
            searchable
            clearable
            placeholder={t('Unknown')}
            data={['UTC', ...Intl.supportedValuesOf('timeZone').filter((zone) => zone !== 'UTC')]}
            value={persona.zone ?? null}
            onChange={(zone) => change({ zone })}
          />
        </Group>
        <Group grow align="flex-start">
          <Select
            label={t('Stage')}
            allowDeselect={false}
            data={stages.map((value) => ({ value, label: stageWords[value] }))}
            value={persona.stage ?? 'new'}
            onChange={(stage) => change({ stage: (stage ?? 'new') as Stage })}
          />
          <Select
            label={t('Attention')}
            allowDeselect={false}
            data={attentions.map((value) => ({ value, label: attentionWords[value] }))}
            value={persona.attention ?? 'warm'}
            onChange={(attention) => change({ attention: (attention ?? 'warm') as Attention })}
          />
          <NumberInput
            label={t('Score')}
            value={persona.score ?? 0}
            onChange={(score) => change({ score: Number(score) })}
          />
        </Group>
        <Switch
          label={t('Has agreed to be written to and called')}
          checked={persona.hasConsented !== false}
          onChange={(event) => change({ hasConsented: event.currentTarget.checked })}
        />
        <TagsInput label={t('Tags')} value={persona.tags ?? []} onChange={(tags) => change({ tags })} />
        <Text size="sm" fw={600}>
          {t('Did before')}
        </Text>
        {did.map((one, index) => (
          // Rows have nothing else to be told apart by.
          <Group key={index} gap={8} wrap="nowrap" align="flex-end">
            <TextInput
              style={{ flex: 1 }}
              aria-label={t('Event')}
              placeholder="downloaded"
              value={one.event}
              onChange={(event) => changeDid(index, { event: event.currentTarget.value })}
            />
            <NumberInput
              w={90}
              min={1}
              max={200}
              aria-label={t('Times')}
              suffix="×"
              value={one.times}
              onChange={(times) => changeDid(index, { times: Number(times) })}
            />
            <NumberInput
              w={150}
              min={0}
              max={3650}
              aria-label={t('Days ago')}
              suffix={` ${t('days ago')}`}
              value={one.daysAgo ?? 1}
              onChange={(daysAgo) => changeDid(index, { daysAgo: Number(daysAgo) })}
            />
            <Remove onClick={() => change({ did: did.filter((_, place) => place !== index) })} />
          </Group>
        ))}
        <Add onClick={() => change({ did: [...did, { event: '', times: 1 }] })}>{t('Something it did')}</Add>
        <Text size="sm" fw={600}>
          {t('Fields')}
        </Text>
        {fields.map((row, index) => (
          <Group key={index} gap={8} wrap="nowrap" align="flex-start">
            <Select
              style={{ flex: 1 }}
              aria-label={t('Field')}
              searchable
              data={catalogue.map(({ key, label }) => ({ value: key, label }))}
              value={row.key === '' ? null : row.key}
              onChange={(key) =>
                setFields(fields.map((one, place) => (place === index ? { ...one, key: key ?? '' } : one)))
              }
            />
            <FieldText
              field={catalogue.find(({ key }) => key === row.key)}
              text={row.text}
              error={wrong[index] === true ? t('Does not fit the field') : undefined}
              onChange={(text) => setFields(fields.map((one, place) => (place === index ? { ...one, text } : one)))}
            />
            <Remove onClick={() => setFields(fields.filter((_, place) => place !== index))} />
          </Group>
        ))}
        <Add onClick={() => setFields([...fields, { key: '', text: '' }])}>{t('A field')}</Add>
        <Group justify="flex-end">
          <Button variant="default" onClick={onClose}>
            {t('Cancel')}
          </Button>
          <Button onClick={use} disabled={persona.name.trim() === '' || wrong.includes(true)}>
            {t('Rehearse')}
          </Button>
        </Group>
      </Stack>
    </Modal>
  )
}

/** A value as text, chosen where only some fit. */
function FieldText({
  field,
  text,
  error,
  onChange,
}: {
  field: Field | undefined
  text: string
  error: string | undefined
  onChange: (text: string) => void
}) {
  const shared = { style: { flex: 1 }, 'aria-label': t('Value'), error }
  const choices =
    field?.type === 'boolean'
      ? [
          { value: 'true', label: t('Yes') },
          { value: 'false', label: t('No') },
        ]
      : field?.type === 'enum'
        ? (field.options ?? []).map((value) => ({ value, label: value }))
        : null
  if (choices !== null) {
    return (
      <Select
        {...shared}
        data={choices}
        value={text === '' ? null : text}
        onChange={(value) => onChange(value ?? '')}
      />
    )
  }
  const type = field?.type === 'date' ? 'date' : 'text'
  return <TextInput {...shared} type={type} value={text} onChange={(event) => onChange(event.currentTarget.value)} />
}

function Add({ onClick, children }: { onClick: () => void; children: string }) {
  return (
    <Button
      variant="subtle"
      color="gray"
      size="compact-sm"
      leftSection={<IconPlus size={14} />}
      onClick={onClick}
      style={{ alignSelf: 'flex-start' }}
    >
      {children}
    </Button>
  )
}

function Remove({ onClick }: { onClick: () => void }) {
  return (
    <ActionIcon variant="subtle" color="gray" size={34} aria-label={t('Remove')} onClick={onClick}>
      <IconTrash size={16} />
    </ActionIcon>
  )
}
