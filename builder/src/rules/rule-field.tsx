/** A rule in a form: its sentence, and a button that opens the editor. */
import { Button, Text } from '@mantine/core'
import { lazy, Suspense, useState } from 'react'
import { describeRule } from '#engine/conditions/describe.ts'
import { ruleSchema, type Rule } from '#engine/conditions/schema.ts'
import { useLibrary } from '../forms/sources.ts'
import { t } from '../i18n/t.ts'
import classes from './rules.module.css'
import type { MatchQuestion } from './use-match.ts'

// The editing surface is large; who does not write a rule does not wait for it.
const RuleSheet = lazy(() => import('./rule-sheet.tsx'))

export interface RuleFieldProps {
  /** What is stored; anything that is no rule counts as none. */
  value: unknown
  onChange: (rule: Rule) => void
  /** What the rule decides: "Until", "Goal". Also the title of the sheet. */
  label: string
  isReadOnly?: boolean
  about?: Omit<MatchQuestion, 'rule'>
}

export function RuleField({ value, onChange, label, isReadOnly = false, about }: RuleFieldProps) {
  const [isOpen, setOpen] = useState(false)
  const rule = ruleSchema.safeParse(value).data ?? null
  return (
    <div className={classes['field']}>
      <div className={classes['fieldBody']}>
        <RuleSentence rule={rule} />
      </div>
      <Button
        variant="default"
        size="compact-xs"
        aria-label={
          rule === null ? t('Write the rule: {{label}}', { label }) : t('Edit the rule: {{label}}', { label })
        }
        onClick={() => setOpen(true)}
      >
        {isReadOnly ? t('Look') : rule === null ? t('Write') : t('Edit')}
      </Button>
      {isOpen ? (
        <Suspense fallback={null}>
          <RuleSheet
            title={label}
            value={rule}
            onSave={onChange}
            onClose={() => setOpen(false)}
            isReadOnly={isReadOnly}
            {...(about === undefined ? {} : { about })}
          />
        </Suspense>
      ) : null}
    </div>
  )
}

/** A rule in words; while names are being read, with its keys. */
export function RuleSentence({ rule }: { rule: Rule | null }) {
  const sentence = useSentence(rule)
  return (
    <Text size="sm" {...(rule === null ? { c: 'dimmed' } : {})} style={{ overflowWrap: 'anywhere' }}>
      {sentence ?? t('No rule yet')}
    </Text>
  )
}

function useSentence(rule: Rule | null): string | null {
  const { data } = useLibrary()
  if (rule === null) return null
  if (data === undefined) return '…'
  const text = describeRule(rule, data.library)
  return text.charAt(0).toUpperCase() + text.slice(1)
}
