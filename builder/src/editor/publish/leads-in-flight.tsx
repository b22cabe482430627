/** Leads that stand on steps a publish changes, with a choice for each place and what it comes to. */
import { Button, Checkbox, Group, Select, Stack, Text } from '@mantine/core'
import { IconAlertTriangle, IconChevronDown, IconChevronRight } from '@tabler/icons-react'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import type { JourneyDocument } from '#engine/graph/document.ts'
import type { LeadsInFlight } from '#server/contract/publishing.ts'
import { countOf, formatNumber } from '../../ui/words.ts'
import { useCatalogue } from '../editor-context.tsx'
import {
  likelyTarget,
  placeKey,
  receivedAfter,
  receivedAt,
  sayLeads,
  standingOn,
  totals,
  type Choice,
  type Choices,
} from './choices.ts'
import classes from './publish.module.css'

interface LeadsInFlightProps {
  places: readonly LeadsInFlight[]
  /** Steps to move to. */
  after: JourneyDocument
  /** What is live; null before the first publish. */
  before: JourneyDocument | null
  nextVersion: number
  /** False: this very definition is live, so its leads have nowhere to go. */
  isNew: boolean
  choices: Choices
  onChoose: (key: string, choice: Choice) => void
}

export function LeadsInFlightTable({
  places,
  before,
  after,
  nextVersion,
  isNew,
  choices,
  onChoose,
}: LeadsInFlightProps) {
  const { t } = useTranslation()
  const [isOpen, setOpen] = useState(false)
  const touched = places.filter(({ change }) => change !== 'same')
  const others = places.filter(({ change }) => change === 'same')
  const sum = totals(places, choices)
  const row = (place: LeadsInFlight) => (
    <PlaceRow
      key={placeKey(place)}
      place={place}
      before={before}
      after={after}
      nextVersion={nextVersion}
      canChoose={isNew || place.version < nextVersion}
      choice={choices.get(placeKey(place)) ?? { action: 'finish' }}
      onChoose={(choice) => onChoose(placeKey(place), choice)}
    />
  )
  if (places.length === 0) return <Text size="sm">{t('No leads are in this journey now.')}</Text>
  return (
    <Stack gap={8}>
      {isNew ? null : (
        <Text size="sm">
          {t(
            'Nothing is new: a publish leaves leads on version {{version}} where they are. Move them, or let them leave, in Live.',
            {
              version: nextVersion,
            },
          )}
        </Text>
      )}
      {touched.length === 0 ? (
        <Text size="sm">{t('Nobody stands on a step that changes.')}</Text>
      ) : (
        <div className={classes['places']} role="table" aria-label={t('Leads on steps that change')}>
          {touched.map(row)}
        </div>
      )}
      {others.length === 0 ? null : (
        <div>
          <Button
            variant="subtle"
            color="gray"
            size="compact-sm"
            leftSection={isOpen ? <IconChevronDown size={14} /> : <IconChevronRight size={14} />}
            aria-expanded={isOpen}
            onClick={() => setOpen(!isOpen)}
          >
            {t('{{leads}} on {{steps}} without a change', {
              leads: sayLeads(standingOn(others)),
              steps: countOf(others.length, 'step'),
            })}
          </Button>
          {isOpen ? (
            <div className={classes['places']} role="table" aria-label={t('Leads on steps that stay')}>
              {others.map(row)}
            </div>
          ) : null}
        </div>
      )}
      <Text size="sm" fw={600} role="status">
        {t('Of {{all}}, {{finish}} finish on their version, {{move}} go on in version {{version}}, {{exit}} leave.', {
          all: sayLeads(standingOn(places)),
          finish: formatNumber(sum.finish.leads),
          move: formatNumber(sum.move.leads),
          exit: formatNumber(sum.exit.leads),
          version: nextVersion,
        })}
      </Text>
    </Stack>
  )
}

function PlaceRow({
  place,
  before,
  after,
  nextVersion,
  canChoose,
  choice,
  onChoose,
}: {
  place: LeadsInFlight
  before: JourneyDocument | null
  after: JourneyDocument
  nextVersion: number
  canChoose: boolean
  choice: Choice
  onChoose: (choice: Choice) => void
}) {
  const { t } = useTranslation()
  const catalogue = useCatalogue()
  const { version, name, change, staysThere } = place
  const words = {
    removed: t('removed'),
    changed: t('changed'),
    rewired: t('goes on elsewhere'),
    same: t('as it was'),
  }
  const steps = after.graph.nodes
    .filter(({ type, id }) => type !== 'entry' && id !== place.stepId)
    .map((node) => ({ value: node.id, label: catalogue.titleOf(node) }))
  const likely = likelyTarget(place.stepId, before?.graph ?? null, after.graph)
  const value = choice.action === 'move' && choice.to === place.stepId ? 'stay' : choice.action
  const options = [
    { value: 'finish', label: t('Finish on version {{version}}', { version }) },
    ...(staysThere
      ? [{ value: 'stay', label: t('Go on here, in version {{version}}', { version: nextVersion }) }]
      : []),
    ...(steps.length > 0 ? [{ value: 'move', label: t('Move to another step…') }] : []),
    { value: 'exit', label: t('Leave the journey') },
  ]
  const choose = (wanted: string | null) => {
    if (wanted === 'stay') onChoose({ action: 'move', to: place.stepId })
    else if (wanted === 'move') onChoose({ action: 'move', to: likely ?? steps[0]?.value ?? place.stepId })
    else if (wanted === 'exit' || wanted === 'finish') onChoose({ action: wanted })
  }
  return (
    <div className={classes['place']} role="row">
      <div role="rowheader" className={classes['placeName']}>
        <Text size="sm" fw={600} lineClamp={1}>
          {name}
        </Text>
        <Group gap={6}>
          <span className={classes['fate']} data-change={change}>
            {words[change]}
          </span>
          <Text size="xs" c="dimmed">
            {t('version {{version}}', { version })}
          </Text>
        </Group>
      </div>
      <Text role="cell" size="sm" className={classes['placeCount'] ?? ''}>
        {t('{{leads}} waiting', { leads: sayLeads(standingOn([place])) })}
        {place.paused + place.parked > 0 ? (
          <Text component="span" display="block" size="xs" c="dimmed">
            {[
              place.paused > 0 ? t('{{n}} paused', { n: place.paused }) : '',
              place.parked > 0 ? t('{{n}} stopped by an error', { n: place.parked }) : '',
            ]
              .filter(Boolean)
              .join(', ')}
          </Text>
        ) : null}
      </Text>
      <div role="cell" className={classes['placeChoice']}>
        {canChoose ? (
          <Select
            size="xs"
            aria-label={t('What happens to leads on “{{name}}”, version {{version}}', { name, version })}
            data={options}
            value={value}
            onChange={choose}
            allowDeselect={false}
            comboboxProps={{ withinPortal: true }}
          />
        ) : null}
        {value === 'move' ? (
          <Select
            size="xs"
            searchable
            aria-label={t('The step they move to')}
            data={steps}
            value={choice.action === 'move' ? (choice.to ?? null) : null}
            onChange={(to) => to !== null && onChoose({ action: 'move', to })}
            allowDeselect={false}
          />
        ) : null}
      </div>
      <Text role="cell" size="xs" c="dimmed" className={classes['placeWords'] ?? ''}>
        {sayChoice(place, choice, nextVersion, steps, t)}
      </Text>
      {choice.action === 'move' && choice.to !== undefined && choice.to !== place.stepId ? (
        <Again place={place} choice={choice} to={choice.to} after={after} onChoose={onChoose} />
      ) : null}
    </div>
  )
}

/** Before somebody gets the same mail a second time: how many it would be, and whether it shall be so. */
function Again({
  place,
  choice,
  to,
  after,
  onChoose,
}: {
  place: LeadsInFlight
  choice: Choice
  to: string
  after: JourneyDocument
  onChoose: (choice: Choice) => void
}) {
  const { t } = useTranslation()
  const catalogue = useCatalogue()
  const titleOf = (id: string): string => {
    const node = after.graph.nodes.find((one) => one.id === id)
    return node === undefined ? id : `“${catalogue.titleOf(node)}”`
  }
  const count = receivedAt(place, to)
  const later = receivedAfter(place, to, after.graph)
  if (count === 0 && later.length === 0) return null
  const { leads, tests } = standingOn([place])
  const all = leads + tests
  return (
    <div role="cell" className={classes['again']}>
      {count === 0 ? null : (
        <>
          <Text size="sm" className={classes['warned'] ?? ''}>
            <IconAlertTriangle size={15} aria-label={t('Warning')} />
            {choice.again === true
              ? t('{{count}} of {{all}} got {{message}} already and will get it again.', {
                  count,
                  all,
                  message: titleOf(to),
                })
              : t('{{count}} of {{all}} got {{message}} already: they go on after it and do not get it again.', {
                  count,
                  all,
                  message: titleOf(to),
                })}
          </Text>
          <Checkbox
            size="xs"
            checked={choice.again === true}
            onChange={(event) => onChoose({ ...choice, again: event.currentTarget.checked })}
            label={t('Send it to them again')}
          />
        </>
      )}
      {later.length === 0 ? null : (
        <Text size="xs" c="dimmed">
          {t('On their way from there they can come to what they got already, and get it again: {{messages}}.', {
            messages: later.slice(0, 3).map(titleOf).join(', '),
          })}
        </Text>
      )}
    </div>
  )
}

function sayChoice(
  place: LeadsInFlight,
  choice: Choice,
  nextVersion: number,
  steps: readonly { value: string; label: string }[],
  t: ReturnType<typeof useTranslation>['t'],
): string {
  const leads = sayLeads(standingOn([place]))
  if (choice.action === 'finish')
    return t('{{leads}} will finish on version {{version}}.', { leads, version: place.version })
  if (choice.action === 'exit') return t('{{leads}} will leave; what is open for them here is withdrawn.', { leads })
  if (choice.to === place.stepId) {
    return t('{{leads}} will stay on this step and go on by version {{version}}.', { leads, version: nextVersion })
  }
  const to = steps.find(({ value }) => value === choice.to)?.label ?? choice.to
  return t('{{leads}} will go on at “{{to}}” in version {{version}}; what is open for them here is withdrawn.', {
    leads,
    to,
    version: nextVersion,
  })
}
