/** All who stand on a step at once: counted first, done when a person has agreed to that number. */
import { Button, Group, Menu, Modal, Stack, Text } from '@mantine/core'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import type { JourneyDocument } from '#engine/graph/document.ts'
import type { EnrollmentStatus } from '#engine/vocabulary.ts'
import { countOf } from '../../ui/words.ts'
import { controlsFor, controlWords, ReasonInput, StepSelect, type ControlKind } from './control-dialog.tsx'
import { useBulkControl, type PeopleFilter, type Scope } from './live-queries.ts'

interface BulkProps {
  scope: Scope
  filter: PeopleFilter
  document: JourneyDocument | null
}

/** By what the list shows: parked ones can be tried again, paused ones resumed. */
const statusOf: Readonly<Record<string, EnrollmentStatus>> = { here: 'active', paused: 'paused', parked: 'parked' }

export function BulkControl({ scope, filter, document }: BulkProps) {
  const { t } = useTranslation()
  const [kind, setKind] = useState<ControlKind | null>(null)
  const controls = controlsFor(statusOf[filter.what] ?? 'active', t)
  return (
    <>
      <Menu position="bottom-end" withinPortal>
        <Menu.Target>
          <Button variant="default" size="compact-xs">
            {t('All of them…')}
          </Button>
        </Menu.Target>
        <Menu.Dropdown>
          {controls.map(({ kind: one, label, icon: Icon }) => (
            <Menu.Item key={one} leftSection={<Icon size={14} aria-hidden />} onClick={() => setKind(one)}>
              {label}
            </Menu.Item>
          ))}
        </Menu.Dropdown>
      </Menu>
      {kind === null ? null : (
        <BulkDialog kind={kind} scope={scope} filter={filter} document={document} onClose={() => setKind(null)} />
      )}
    </>
  )
}

function BulkDialog({
  kind,
  scope,
  filter,
  document,
  onClose,
}: BulkProps & { kind: ControlKind; onClose: () => void }) {
  const { t } = useTranslation()
  const count = useBulkControl(scope.journey)
  const act = useBulkControl(scope.journey)
  const [reason, setReason] = useState('')
  const [to, setTo] = useState<string | null>(null)
  const { label } = controlsFor(statusOf[filter.what] ?? 'active', t).find((row) => row.kind === kind) ?? {
    label: kind,
  }
  const what: 'here' | 'paused' | 'parked' = filter.what === 'paused' || filter.what === 'parked' ? filter.what : 'here'
  const body = {
    action: kind,
    reason: reason.trim(),
    step: filter.step,
    what,
    leads: scope.leads,
    ...(scope.version === undefined ? {} : { version: scope.version }),
    ...(kind === 'move' && to !== null ? { to } : {}),
  }
  const isReady = body.reason !== '' && (kind !== 'move' || to !== null)
  const error = act.error ?? count.error
  const matching = count.data?.matching ?? null
  return (
    <Modal opened onClose={onClose} title={t('All on this step: {{action}}', { action: label })} centered>
      {act.isSuccess ? (
        <Stack gap={12}>
          <Text size="sm" role="status">
            {t('Asked for {{leads}}; each is done within seconds, and shown here.', {
              leads: countOf(act.data.requested, 'lead'),
            })}
          </Text>
          <Group justify="flex-end">
            <Button onClick={onClose}>{t('Close')}</Button>
          </Group>
        </Stack>
      ) : (
        <form
          onSubmit={(event) => {
            event.preventDefault()
            if (matching === null) count.mutate(body)
            else act.mutate({ ...body, confirm: matching }, { onError: () => count.reset() })
          }}
        >
          <Stack gap={12}>
            <Text size="sm">{controlWords(kind, t)}</Text>
            {kind === 'move' ? (
              <StepSelect
                document={document}
                not={filter.step}
                value={to}
                onChange={(step) => {
                  setTo(step)
                  count.reset()
                }}
              />
            ) : null}
            <ReasonInput
              value={reason}
              onChange={(text) => {
                setReason(text)
                count.reset()
              }}
            />
            {matching === null ? null : (
              <Text size="sm" fw={600} role="status">
                {t('This reaches {{leads}}.', { leads: countOf(matching, 'lead') })}
              </Text>
            )}
            {error === null ? null : (
              <Text size="sm" c="var(--error)" role="alert">
                {error.message}
              </Text>
            )}
            <Group justify="flex-end">
              <Button variant="default" onClick={onClose}>
                {t('Cancel')}
              </Button>
              <Button type="submit" disabled={!isReady || matching === 0} loading={count.isPending || act.isPending}>
                {matching === null
                  ? t('How many is that?')
                  : t('{{action}}: {{leads}}', { action: label, leads: countOf(matching, 'lead') })}
              </Button>
            </Group>
          </Stack>
        </form>
      )}
    </Modal>
  )
}
