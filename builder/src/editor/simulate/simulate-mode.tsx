/** Rehearsing a journey. Fetched when it is first opened: nobody who only draws waits for it. */
import { lazy, Suspense } from 'react'
import { Loading } from '../../ui/states.tsx'
import classes from './simulate.module.css'
import { t } from '../../i18n/t.ts'

const Dock = lazy(() => import('./dock.tsx'))
const Panel = lazy(() => import('./panel.tsx'))

/** The rehearsal's dock under the canvas: who, when, and the slider. */
export function SimulateDock() {
  return (
    <section className={classes['dock']} aria-label={t('Rehearsal')}>
      <Suspense fallback={<Loading rows={3} />}>
        <Dock />
      </Suspense>
    </section>
  )
}

/** The rehearsal's log, beside the canvas. */
export function SimulatePanel() {
  return (
    <aside className={classes['panel']} aria-label={t('Log of the rehearsal')}>
      <Suspense fallback={<Loading rows={6} />}>
        <Panel />
      </Suspense>
    </aside>
  )
}
