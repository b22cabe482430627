/** The head of a group: how it joins its parts, and what can be added to it. */
import { ActionIcon, Button, SegmentedControl, Tooltip } from '@mantine/core'
import { IconArrowDown, IconArrowUp, IconPlus, IconX } from '@tabler/icons-react'
import type { ActionProps, CombinatorSelectorProps, ShiftActionsProps } from 'react-querybuilder'
import { t } from '../i18n/t.ts'
import { useRuleEditing } from './rule-context.tsx'
import classes from './rules.module.css'
import { groupWords, type GroupWord } from './tree.ts'

const usual: GroupWord[] = ['all', 'any', 'none']

/** All, any or none of them; "not all", which people rarely mean, only where it stands already. */
export function GroupSwitch(props: CombinatorSelectorProps) {
  const { value, path } = props
  const { isReadOnly } = useRuleEditing()
  const current = (value ?? 'all') as GroupWord
  const words = usual.includes(current) ? usual : [...usual, current]
  return (
    <>
      <SegmentedControl
        size="xs"
        aria-label={
          path.length === 0 ? t('Which of the conditions must be true') : t('Which of the group must be true')
        }
        readOnly={isReadOnly}
        data={words.map((word) => ({ value: word, label: t(groupWords[word]) }))}
        value={current}
        onChange={(next) => props.handleOnChange(next)}
      />
      <span className={classes['saw']}>{t('these are true')}</span>
    </>
  )
}

export function AddCondition(props: ActionProps) {
  return <AddPart label={t('Condition')} tip={t('Enter in a condition adds one below it')} action={props} />
}

export function AddGroup(props: ActionProps) {
  return <AddPart label={t('Group')} tip={t('Shift+Enter in a condition adds one below it')} action={props} />
}

function AddPart({ label, tip, action }: { label: string; tip: string; action: ActionProps }) {
  const { isReadOnly } = useRuleEditing()
  if (isReadOnly) return null
  return (
    <Tooltip label={tip}>
      <Button
        variant="subtle"
        color="gray"
        size="compact-xs"
        leftSection={<IconPlus size={12} />}
        onClick={(event) => action.handleOnClick(event)}
      >
        {label}
      </Button>
    </Tooltip>
  )
}

export function RemoveGroup({ ruleOrGroup }: ActionProps) {
  const { isReadOnly, remove } = useRuleEditing()
  if (isReadOnly) return null
  return (
    <ActionIcon
      variant="subtle"
      color="gray"
      size="sm"
      aria-label={t('Remove the group')}
      onClick={() => remove(ruleOrGroup.id ?? '')}
    >
      <IconX size={14} />
    </ActionIcon>
  )
}

/** Up and down without a keyboard. */
export function ShiftButtons({ shiftUp, shiftDown, shiftUpDisabled, shiftDownDisabled }: ShiftActionsProps) {
  const { isReadOnly } = useRuleEditing()
  if (isReadOnly || (shiftUpDisabled === true && shiftDownDisabled === true)) return null
  return (
    <>
      <ActionIcon
        variant="subtle"
        color="gray"
        size="sm"
        aria-label={t('Move up')}
        disabled={shiftUpDisabled === true}
        onClick={(event) => shiftUp(event)}
      >
        <IconArrowUp size={14} />
      </ActionIcon>
      <ActionIcon
        variant="subtle"
        color="gray"
        size="sm"
        aria-label={t('Move down')}
        disabled={shiftDownDisabled === true}
        onClick={(event) => shiftDown(event)}
      >
        <IconArrowDown size={14} />
      </ActionIcon>
    </>
  )
}
