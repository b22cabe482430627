/** The settings of one object, under their headings; what is rarely changed is folded. */
import { Collapse, UnstyledButton } from '@mantine/core'
import { IconChevronRight } from '@tabler/icons-react'
import { useEffect, useId, useState } from 'react'
import { t } from '../i18n/t.ts'
import { Field } from './field.tsx'
import { issuesAt, useForm } from './form-context.tsx'
import classes from './forms.module.css'
import { isRecord, type FieldPlan } from './plan.ts'
import { onReveal } from './focus-field.ts'
import { pathName, type Path } from './values.ts'

export function Fields({ plans, value, path }: { plans: readonly FieldPlan[]; value: unknown; path: Path }) {
  const own = isRecord(value) ? value : {}
  const shown = plans.filter((plan) => plan.widget !== 'hidden' && isAsked(plan, plans, own))
  const plain = shown.filter(({ hints }) => hints.advanced !== true)
  const folded = shown.filter(({ hints }) => hints.advanced === true)
  const sections = Map.groupBy(plain, ({ hints }) => hints.section ?? '')
  return (
    <>
      {[...sections].map(([section, members]) => (
        <section key={section} aria-label={section === '' ? undefined : section} className={classes['section']}>
          {section === '' ? null : <h3 className={classes['sectionTitle']}>{section}</h3>}
          <Members plans={members} own={own} path={path} />
        </section>
      ))}
      {folded.length === 0 ? null : (
        <Folded plans={folded} path={path} own={own}>
          <Members plans={folded} own={own} path={path} />
        </Folded>
      )}
    </>
  )
}

function Members({ plans, own, path }: { plans: readonly FieldPlan[]; own: Record<string, unknown>; path: Path }) {
  return (
    <div className={classes['fields']}>
      {plans.map((plan) => (
        <Field key={plan.key} plan={plan} value={own[plan.key]} path={[...path, plan.key]} />
      ))}
    </div>
  )
}

/** Open when something in it is set, is wrong, or is to be shown. */
function Folded({
  plans,
  own,
  path,
  children,
}: {
  plans: readonly FieldPlan[]
  own: Record<string, unknown>
  path: Path
  children: React.ReactNode
}) {
  const { issues } = useForm()
  const [isOpen, setOpen] = useState(false)
  const hasProblem = plans.some(({ key }) => issuesAt(issues, [...path, key], true).length > 0)
  const set = plans.filter(({ key }) => own[key] !== undefined).length
  const open = isOpen || hasProblem
  const names = plans.map(({ key }) => pathName([...path, key])).join(' ')
  useEffect(
    () =>
      onReveal((wanted) => {
        if (names.split(' ').some((name) => wanted === name || wanted.startsWith(`${name}.`))) setOpen(true)
      }),
    [names],
  )
  const id = useId()
  return (
    <div className={classes['folded']}>
      <UnstyledButton
        className={classes['fold']}
        aria-expanded={open}
        aria-controls={id}
        onClick={() => setOpen(!open)}
      >
        <IconChevronRight size={14} data-open={open || undefined} />
        {t('More settings')}
        {set === 0 ? null : <span className={classes['count']}>{t('{{count}} set', { count: set })}</span>}
      </UnstyledButton>
      <Collapse expanded={open} id={id} keepMounted={false} transitionDuration={120}>
        {children}
      </Collapse>
    </div>
  )
}

/** `showWhen`: another setting of the same object has one of these values. */
function isAsked(plan: FieldPlan, plans: readonly FieldPlan[], own: Record<string, unknown>): boolean {
  const { showWhen } = plan.hints
  if (showWhen === undefined) return true
  const other = plans.find(({ key }) => key === showWhen.setting)
  const value = own[showWhen.setting] ?? other?.default ?? null
  return showWhen.is.includes(value as never)
}
