/** The drawer under the canvas: problems, outline and activity. Open or closed is remembered. */
import { Tabs, UnstyledButton } from '@mantine/core'
import { useLocalStorage } from '@mantine/hooks'
import { IconChevronDown, IconChevronUp } from '@tabler/icons-react'
import { lazy, Suspense, useEffect } from 'react'
import { useCommands } from '../commands/registry.ts'
import { goTo, useAddress, withParameter } from '../ui/route.tsx'
import classes from './editor.module.css'
import { comingMark, focusNextPart, focusPart, isWithinPart } from './focus-parts.ts'
import { t } from '../i18n/t.ts'

// None is needed for the first picture; all are fetched right after it, so that they open at once.
const parts = {
  outline: () => import('./outline/outline.tsx').then(({ Outline: part }) => ({ default: part })),
  activity: () => import('./activity/activity-panel.tsx').then(({ ActivityPanel: part }) => ({ default: part })),
  problems: () => import('./problems/problems-panel.tsx').then(({ ProblemsPanel: part }) => ({ default: part })),
}
const Outline = lazy(parts.outline)
const ProblemsPanel = lazy(parts.problems)
const ActivityPanel = lazy(parts.activity)

const tabs = ['problems', 'outline', 'activity'] as const
type DrawerTab = (typeof tabs)[number]
const tabCalled = (name: string | null): DrawerTab | undefined => tabs.find((tab) => tab === name)

export function EditorDrawer() {
  const [isOpen, setOpen] = useLocalStorage({ key: 'trellis.drawer', defaultValue: false })
  const [tab, setTab] = useLocalStorage<DrawerTab>({ key: 'trellis.drawer.tab', defaultValue: 'problems' })
  useEffect(() => {
    const timer = setTimeout(() => {
      for (const fetchPart of Object.values(parts)) void fetchPart().catch(() => null)
    }, 300)
    return () => clearTimeout(timer)
  }, [])
  // A link may ask for it (`?drawer=problems`); from then on it is as it is left.
  const asked = useAddress().searchParams.get('drawer')
  useEffect(() => {
    if (asked === null) return
    const wanted = tabCalled(asked)
    if (wanted !== undefined) {
      setTab(wanted)
      setOpen(true)
    }
    goTo(withParameter(new URL(location.href), 'drawer', null), { replace: true })
  }, [asked, setTab, setOpen])
  useCommands([
    {
      id: 'view.drawer',
      title: isOpen ? t('Close the drawer') : t('Open the drawer'),
      group: 'View',
      keys: ['mod+j'],
      run: () => {
        // Opened by the keyboard, the keyboard goes in; closed around it, it goes back to the canvas.
        const isInside = isWithinPart('drawer')
        setOpen(!isOpen)
        if (!isOpen || isInside) void focusPart(isOpen ? 'canvas' : 'drawer')
      },
    },
    {
      id: 'view.problems',
      title: t('Show the problems'),
      group: 'View',
      run: () => {
        choose('problems')
        void focusPart('drawer')
      },
    },
    {
      id: 'view.outline',
      title: t('Show the outline'),
      group: 'View',
      run: () => {
        choose('outline')
        void focusPart('drawer')
      },
    },
    {
      id: 'view.activity',
      title: t('Show what people did here'),
      group: 'View',
      run: () => {
        choose('activity')
        void focusPart('drawer')
      },
    },
    {
      id: 'view.next-part',
      title: t('To the next part: canvas, drawer, inspector, palette'),
      group: 'View',
      keys: ['f6'],
      worksInFields: true,
      run: () => void focusNextPart(1),
    },
    {
      id: 'view.previous-part',
      title: t('To the previous part'),
      group: 'View',
      keys: ['shift+f6'],
      worksInFields: true,
      run: () => void focusNextPart(-1),
    },
  ])
  const choose = (value: string | null) => {
    setTab(tabCalled(value) ?? 'problems')
    setOpen(true)
  }
  const Chevron = isOpen ? IconChevronDown : IconChevronUp
  return (
    <section
      className={classes['drawer']}
      data-open={isOpen}
      data-part="drawer"
      aria-label={t('Problems, outline and activity')}
    >
      <Tabs value={tab} onChange={choose} classNames={{ root: classes['tabs'] ?? '', panel: classes['panel'] ?? '' }}>
        <div className={classes['tabList']}>
          <Tabs.List>
            <Tabs.Tab value="problems" onClick={() => choose('problems')}>
              {t('Problems')}
            </Tabs.Tab>
            <Tabs.Tab value="outline" onClick={() => choose('outline')}>
              {t('Outline')}
            </Tabs.Tab>
            <Tabs.Tab value="activity" onClick={() => choose('activity')}>
              {t('Activity')}
            </Tabs.Tab>
          </Tabs.List>
          <UnstyledButton
            className={classes['fold']}
            aria-expanded={isOpen}
            aria-label={isOpen ? t('Close the drawer') : t('Open the drawer')}
            onClick={() => setOpen(!isOpen)}
          >
            <Chevron size={16} />
          </UnstyledButton>
        </div>
        {isOpen ? (
          <>
            <Tabs.Panel value="problems">
              <Suspense fallback={<div {...comingMark} />}>
                <ProblemsPanel />
              </Suspense>
            </Tabs.Panel>
            <Tabs.Panel value="outline">
              <Suspense fallback={<div {...comingMark} />}>
                <Outline />
              </Suspense>
            </Tabs.Panel>
            {/* Read while it is looked at, and only then. */}
            <Tabs.Panel value="activity" keepMounted={false}>
              <Suspense fallback={<div {...comingMark} />}>
                <ActivityPanel />
              </Suspense>
            </Tabs.Panel>
          </>
        ) : null}
      </Tabs>
    </section>
  )
}
