/** One step: who it is, its settings, what happens when it fails, notes, and numbers. */
import { Tabs } from '@mantine/core'
import { lazy, Suspense, useEffect, useState } from 'react'
import { findNode } from '#engine/graph/document.ts'
import { t } from '../../i18n/t.ts'
import { Loading } from '../../ui/states.tsx'
import { useEditor } from '../editor-context.tsx'
import { FailureTab } from './failure-tab.tsx'
import classes from './inspector.module.css'
import { NotesTab } from './notes-tab.tsx'
import { onReveal } from '../../forms/focus-field.ts'
import { SettingsTab } from './settings-tab.tsx'
import { StepHeader } from './step-header.tsx'

// Numbers and people are Live's: who edits settings does not wait for them.
const InspectorStats = lazy(async () => {
  const { InspectorStats: stats } = await import('../live/inspector-stats.tsx')
  return { default: stats }
})

const tabs = ['settings', 'failure', 'notes', 'stats'] as const
type Tab = (typeof tabs)[number]

export function StepPanel({ id }: { id: string }) {
  const node = useEditor((state) => findNode(state.content.document, id))
  const isPublished = useEditor((state) => state.journey.liveVersion !== null)
  const [tab, setTab] = useState<Tab>('settings')
  // A problem is clicked: its field is on the first tab.
  useEffect(() => onReveal(() => setTab('settings')), [])
  if (node === undefined) return null
  return (
    <>
      <StepHeader node={node} />
      {node.disabled === true ? (
        <p className={classes['off']}>{t('Switched off: leads pass through by its first way out.')}</p>
      ) : null}
      <Tabs value={tab} onChange={(next) => setTab(tabs.find((one) => one === next) ?? 'settings')} keepMounted={false}>
        <Tabs.List px={12}>
          <Tabs.Tab value="settings">{t('Settings')}</Tabs.Tab>
          <Tabs.Tab value="failure">{t('On failure')}</Tabs.Tab>
          <Tabs.Tab value="notes">{node.notes === undefined ? t('Notes') : t('Notes •')}</Tabs.Tab>
          {isPublished ? <Tabs.Tab value="stats">{t('Stats')}</Tabs.Tab> : null}
        </Tabs.List>
        <Tabs.Panel value="settings" className={classes['body'] ?? ''}>
          <SettingsTab node={node} />
        </Tabs.Panel>
        <Tabs.Panel value="failure" className={classes['body'] ?? ''}>
          <FailureTab node={node} />
        </Tabs.Panel>
        <Tabs.Panel value="notes" className={classes['body'] ?? ''}>
          <NotesTab node={node} />
        </Tabs.Panel>
        {isPublished ? (
          <Tabs.Panel value="stats" className={classes['body'] ?? ''}>
            <Suspense fallback={<Loading rows={5} />}>
              <InspectorStats step={id} />
            </Suspense>
          </Tabs.Panel>
        ) : null}
      </Tabs>
    </>
  )
}
