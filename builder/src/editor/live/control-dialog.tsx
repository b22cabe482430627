/** One lead is moved, taken out, tried again…: with a reason, which the audit log keeps. */
import { Button, Group, Modal, Select, Stack, Text, TextInput } from '@mantine/core'
import {
  IconArrowRight,
  IconDoorExit,
  IconPlayerPause,
  IconPlayerPlay,
  IconPlayerSkipForward,
  IconRefresh,
} from '@tabler/icons-react'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import type { JourneyDocument } from '#engine/graph/document.ts'
import type { EnrollmentStatus } from '#engine/vocabulary.ts'
import type { ControlBody } from '#server/contract/enrollments.ts'
import { useControl } from '../../api/queries.ts'
import { useCatalogue } from '../editor-context.tsx'

export type ControlKind = 'move' | 'retry' | 'skip' | 'pause' | 'resume' | 'exit'

/** What can be done with an enrollment that stands so. */
export function controlsFor(status: EnrollmentStatus, t: (key: string) => string) {
  const all = [
    { kind: 'retry', label: t('Try again'), icon: IconRefresh, fits: status === 'parked' },
    { kind: 'skip', label: t('Skip this step'), icon: IconPlayerSkipForward, fits: status === 'parked' },
    { kind: 'move', label: t('Move to another step'), icon: IconArrowRight, fits: true },
    { kind: 'pause', label: t('Pause'), icon: IconPlayerPause, fits: status === 'active' },
    { kind: 'resume', label: t('Resume'), icon: IconPlayerPlay, fits: status === 'paused' },
    { kind: 'exit', label: t('Take out of the journey'), icon: IconDoorExit, fits: true },
  ] as const
  return all.filter(({ fits }) => fits)
}

/** What each does, in a sentence that a person agrees to. */
export function controlWords(kind: ControlKind, t: (key: string) => string): string {
  const words: Record<ControlKind, string> = {
    move: t('What is under way on the present step is taken back: messages not sent yet, open tasks.'),
    retry: t('The step is tried once more.'),
    skip: t('Goes on with the step after it, as if this one had been done.'),
    pause: t('Stays here until resumed; no message leaves meanwhile.'),
    resume: t('Goes on; what fell due meanwhile happens now.'),
    exit: t('Leaves the journey for good. Messages not sent yet and open tasks are taken back.'),
  }
  return words[kind]
}

interface ControlDialogProps {
  person: { enrollmentId: string; lead: { name: string }; step: { id: string; name: string }; status: EnrollmentStatus }
  kind: ControlKind
  document: JourneyDocument | null
  onClose: () => void
}

export function ControlDialog({ person, kind, document, onClose }: ControlDialogProps) {
  const { t } = useTranslation()
  const control = useControl()
  const [reason, setReason] = useState('')
  const [to, setTo] = useState<string | null>(null)
  const { label } = controlsFor(person.status, t).find((row) => row.kind === kind) ?? { label: kind }
  const body = toBody(kind, reason.trim(), to)
  return (
    <Modal opened onClose={onClose} title={`${label}: ${person.lead.name}`} centered>
      {control.isSuccess ? (
        <Stack gap={12}>
          <Text size="sm" role="status">
            {t('Asked for. It is applied within seconds, and shown here when it is.')}
          </Text>
          <Group justify="flex-end">
            <Button onClick={onClose}>{t('Close')}</Button>
          </Group>
        </Stack>
      ) : (
        <form
          onSubmit={(event) => {
            event.preventDefault()
            if (body !== null) control.mutate({ id: person.enrollmentId, body })
          }}
        >
          <Stack gap={12}>
            <Text size="sm">
              {t('Now at “{{step}}”.', { step: person.step.name })} {controlWords(kind, t)}
            </Text>
            {kind === 'move' ? (
              <StepSelect document={document} not={person.step.id} value={to} onChange={setTo} />
            ) : null}
            <ReasonInput value={reason} onChange={setReason} />
            {control.isError ? (
              <Text size="sm" c="var(--error)" role="alert">
                {control.error.message}
              </Text>
            ) : null}
            <Group justify="flex-end">
              <Button variant="default" onClick={onClose}>
                {t('Cancel')}
              </Button>
              <Button type="submit" disabled={body === null} loading={control.isPending}>
                {label}
              </Button>
            </Group>
          </Stack>
        </form>
      )}
    </Modal>
  )
}

export function ReasonInput({ value, onChange }: { value: string; onChange: (reason: string) => void }) {
  const { t } = useTranslation()
  return (
    <TextInput
      label={t('Why')}
      description={t('Kept in the audit log.')}
      required
      maxLength={500}
      value={value}
      onChange={(event) => onChange(event.currentTarget.value)}
    />
  )
}

/** A step of the version shown. */
export function StepSelect({
  document,
  not,
  value,
  onChange,
}: {
  document: JourneyDocument | null
  /** Where they are. */
  not: string
  value: string | null
  onChange: (step: string | null) => void
}) {
  const { t } = useTranslation()
  const catalogue = useCatalogue()
  const steps = (document?.graph.nodes ?? []).filter(({ id, type }) => id !== not && type !== 'entry')
  return (
    <Select
      label={t('To which step')}
      required
      searchable
      data={steps.map((node) => ({ value: node.id, label: catalogue.titleOf(node) }))}
      value={value}
      onChange={onChange}
      nothingFoundMessage={t('No such step')}
    />
  )
}

function toBody(kind: ControlKind, reason: string, to: string | null): ControlBody | null {
  if (reason === '') return null
  if (kind !== 'move') return { action: kind, reason }
  return to === null ? null : { action: 'move', stepId: to, reason }
}
