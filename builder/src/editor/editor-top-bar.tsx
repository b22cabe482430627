/** Where one is, how the draft stands, and what the editor is used for now. */
import { Group, SegmentedControl } from '@mantine/core'
import { useMediaQuery } from '@mantine/hooks'
import { IconChevronLeft } from '@tabler/icons-react'
import { useCommands, type Command } from '../commands/registry.ts'
import { Link } from '../ui/route.tsx'
import classes from './editor.module.css'
import { JourneyName } from './journey-name.tsx'
import { JourneyMenu } from './menu/journey-menu.tsx'
import { UndoButtons } from './history/undo-buttons.tsx'
import { switchMode, type EditorMode } from './modes.ts'
import { ProblemsCounter } from './problems/problems-panel.tsx'
import { PublishButton, StatePill } from './publish/publish-controls.tsx'
import { PresenceAvatars } from './presence/presence-avatars.tsx'
import { SavedState } from './saving/saved-state.tsx'
import { labelled, t } from '../i18n/t.ts'

const modes = labelled<{ value: EditorMode; label: string }>([
  { value: 'build', label: 'Build' },
  { value: 'simulate', label: 'Simulate' },
  { value: 'live', label: 'Live' },
])

export function EditorTopBar({ mode, mayEdit }: { mode: EditorMode; mayEdit: boolean }) {
  // On a phone journeys are read and watched.
  const isPhone = useMediaQuery('(max-width: 767px)', undefined, { getInitialValueInEffect: false })
  const offered = isPhone
    ? [...(mayEdit ? [{ value: 'build', label: t('Read') }] : []), ...modes.filter(({ value }) => value === 'live')]
    : modes.filter(({ value }) => mayEdit || value !== 'build')
  const goTo = (id: EditorMode, title: string): Command => ({
    id: `mode.${id}`,
    title,
    group: 'Go to',
    isEnabled: () => mode !== id && offered.some(({ value }) => value === id),
    run: () => switchMode(id),
  })
  useCommands([
    goTo('build', 'Build this journey'),
    goTo('simulate', 'Rehearse this journey'),
    goTo('live', 'Watch this journey live'),
  ])
  return (
    <div className={classes['bar']}>
      <Group gap={10} wrap="nowrap" miw={0} preventGrowOverflow={false}>
        <Link to="/journeys" aria-label={t('All journeys')} lh={0}>
          <IconChevronLeft size={18} />
        </Link>
        <JourneyName />
        <StatePill />
        <PresenceAvatars />
        {isPhone ? null : <SavedState />}
      </Group>
      <Group gap={8} wrap="nowrap">
        {mode === 'build' && !isPhone ? <UndoButtons /> : null}
        <ProblemsCounter />
        <SegmentedControl
          size="xs"
          aria-label={t('What to do with the journey')}
          data={offered}
          value={isPhone && mode !== 'live' ? 'build' : mode}
          onChange={(value) => switchMode(value as EditorMode)}
        />
        {mayEdit && !isPhone ? <PublishButton /> : null}
        <JourneyMenu isPhone={isPhone} />
      </Group>
    </div>
  )
}
