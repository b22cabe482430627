/**
 * A journey on a phone: read as its outline, looked at as a drawing that is moved and enlarged with the fingers, with its
 * problems and what people did to it. Which of them is in the address (`?drawer=`), as a link to the editor's drawer has it.
 */
import { SegmentedControl, Text } from '@mantine/core'
import { lazy, Suspense, useEffect, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { EditorCanvas } from '../canvas/editor-canvas.tsx'
import { goTo, useAddress, withParameter } from '../../ui/route.tsx'
import { Loading } from '../../ui/states.tsx'
import { useEditor } from '../editor-context.tsx'
import { Outline } from './outline.tsx'
import classes from './outline.module.css'

const ProblemsPanel = lazy(async () => ({ default: (await import('../problems/problems-panel.tsx')).ProblemsPanel }))
const ActivityPanel = lazy(async () => ({ default: (await import('../activity/activity-panel.tsx')).ActivityPanel }))

const views = ['outline', 'drawing', 'problems', 'activity'] as const
type View = (typeof views)[number]

export function PhoneJourney() {
  const { t } = useTranslation()
  const { searchParams } = useAddress()
  const isRehearsal = searchParams.get('view') === 'simulate'
  const view: View = views.find((one) => one === searchParams.get('drawer')) ?? 'outline'
  const show = (value: string) =>
    goTo(withParameter(new URL(location.href), 'drawer', value === 'outline' ? null : value), { replace: true })
  // A problem that is touched leads to its step.
  const step = useEditor((state) => state.selection.at(-1))
  const [shownStep, setShownStep] = useState(step)
  useEffect(() => {
    if (step === shownStep) return
    setShownStep(step)
    if (step !== undefined && view === 'problems') show('outline')
  }, [step, shownStep, view])
  return (
    <div className={classes['phone']}>
      <div className={classes['choice']}>
        <SegmentedControl
          fullWidth
          aria-label={t('How to look at the journey')}
          value={view}
          onChange={show}
          data={[
            { value: 'outline', label: t('Outline') },
            { value: 'drawing', label: t('Drawing') },
            { value: 'problems', label: t('Problems') },
            { value: 'activity', label: t('Activity') },
          ]}
        />
        <Text size="xs" c="dimmed" ta="center" mt={4} role={isRehearsal ? 'status' : undefined}>
          {isRehearsal
            ? t('Rehearsing needs a wider screen: open this link on a larger one. Here the journey can be read.')
            : t('On a small screen journeys are read. To change one, open it on a larger one.')}
        </Text>
      </div>
      <div className={classes['view']}>
        <Suspense fallback={<Loading rows={5} />}>
          {view === 'outline' ? <Outline /> : null}
          {view === 'drawing' ? <EditorCanvas /> : null}
          {view === 'problems' ? <ProblemsPanel /> : null}
          {view === 'activity' ? <ActivityPanel /> : null}
        </Suspense>
      </div>
    </div>
  )
}
