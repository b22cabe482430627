/** What the bar of Live switches, for the palette and the keyboard too. */
import { useTranslation } from 'react-i18next'
import { useCommands, type Command } from '../../commands/registry.ts'
import { changeView, type LiveTab, type LiveView } from './live-view.ts'
import type { Overlay } from './overlays.ts'

interface LiveCommands {
  view: LiveView
  tabs: readonly { value: LiveTab; label: string }[]
  overlays: readonly { value: Overlay; label: string }[]
  /** Absent: not allowed, or one is under way. */
  startTestRun: (() => void) | null
}

export function useLiveCommands({ view, tabs, overlays, startTestRun }: LiveCommands): void {
  const { t } = useTranslation()
  const isPath = view.lead !== null || view.run !== null
  const command = (id: string, title: string, isEnabled: () => boolean, run: () => void): Command => ({
    id: `live.${id}`,
    title,
    group: 'View',
    isEnabled,
    run,
  })
  useCommands([
    ...tabs.map(({ value, label }) =>
      command(
        value,
        t('Live: {{view}}', { view: label }),
        () => view.tab !== value,
        () => changeView({ tab: value === 'canvas' ? null : value }),
      ),
    ),
    ...overlays.map(({ value, label }) =>
      command(
        value,
        t('Live overlay: {{overlay}}', { overlay: label }),
        () => !isPath && (view.tab !== 'canvas' || view.overlay !== value),
        () => changeView({ tab: null, overlay: value === 'counts' ? null : value }),
      ),
    ),
    command(
      'compare',
      view.compare === null ? t('Compare with the time before') : t('Stop comparing'),
      () => !isPath,
      () => changeView({ tab: null, compare: view.compare === null ? 'before' : null }),
    ),
    command(
      'test-run',
      t('Test run of a lead'),
      () => startTestRun !== null,
      () => startTestRun?.(),
    ),
    command(
      'close-path',
      t('Close the path'),
      () => isPath,
      () => changeView({ lead: null, enrollment: null, run: null }),
    ),
  ])
}
