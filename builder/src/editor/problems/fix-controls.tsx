/** What can be done about a problem with one click: the likeliest as a button, the others behind it. */
import { Button, Combobox, Menu, ScrollArea, useCombobox } from '@mantine/core'
import { IconChevronDown, IconWand } from '@tabler/icons-react'
import { useMemo, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { fixesFor, type Choice, type Fix } from '#engine/fixes/fixes-for.ts'
import { useCatalogue, useEditor, useEditorStore } from '../editor-context.tsx'
import { applyFix } from './apply-fix.ts'
import classes from './problems.module.css'
import { useProblems, type Problem } from './problems-store.ts'

export function FixControls({ problem, onFixed }: { problem: Problem; onFixed?: () => void }) {
  const { t } = useTranslation()
  const editor = useEditorStore()
  const catalogue = useCatalogue()
  const isEditable = useEditor((state) => state.isEditable)
  const context = useProblems((state) => state.context)
  const document = useProblems((state) => state.document)
  const fixes = useMemo(
    () => (context === null || document === null ? [] : fixesFor(problem, { ...context, document })),
    [problem, context, document],
  )
  const [first, ...others] = fixes
  if (!isEditable || first === undefined) return null
  const apply = (fix: Fix, choice?: string) => {
    if (applyFix(fix, problem, { editor, catalogue }, choice)) onFixed?.()
  }
  return (
    <div className={classes['fixes']}>
      {first.choices === undefined ? (
        <Button
          size="compact-xs"
          variant="default"
          leftSection={<IconWand size={13} aria-hidden />}
          onClick={() => apply(first)}
        >
          {first.title}
        </Button>
      ) : (
        <Choosing fix={first} onChoose={(choice) => apply(first, choice)} />
      )}
      {others.some(({ choices }) => choices === undefined) ? (
        <Menu position="bottom-end" withinPortal>
          <Menu.Target>
            <Button size="compact-xs" variant="subtle" color="gray" aria-label={t('Other fixes')} px={4}>
              <IconChevronDown size={14} aria-hidden />
            </Button>
          </Menu.Target>
          <Menu.Dropdown>
            {others
              .filter(({ choices }) => choices === undefined)
              .map((fix) => (
                <Menu.Item key={fix.id} onClick={() => apply(fix)}>
                  {fix.title}
                </Menu.Item>
              ))}
          </Menu.Dropdown>
        </Menu>
      ) : null}
      {others
        .filter(({ choices }) => choices !== undefined)
        .slice(0, 1)
        .map((fix) => (
          <Choosing key={fix.id} fix={fix} onChoose={(choice) => apply(fix, choice)} />
        ))}
    </div>
  )
}

/** A button that asks which one, in a list that is searched by typing. */
function Choosing({ fix, onChoose }: { fix: Fix; onChoose: (choice: string) => void }) {
  const { t } = useTranslation()
  const [search, setSearch] = useState('')
  const [choices, setChoices] = useState<Choice[]>([])
  const combobox = useCombobox({
    onDropdownOpen: () => {
      setChoices(fix.choices?.() ?? [])
      combobox.focusSearchInput()
    },
    onDropdownClose: () => {
      setSearch('')
      combobox.focusTarget()
      combobox.resetSelectedOption()
    },
  })
  const found = matching(choices, search.trim().toLowerCase()).slice(0, 100)
  return (
    <Combobox
      store={combobox}
      width={280}
      position="bottom-end"
      withinPortal
      onOptionSubmit={(value) => {
        combobox.closeDropdown()
        onChoose(value)
      }}
    >
      <Combobox.Target withAriaAttributes={false}>
        <Button
          size="compact-xs"
          variant="default"
          aria-haspopup="listbox"
          aria-expanded={combobox.dropdownOpened}
          rightSection={<IconChevronDown size={12} aria-hidden />}
          onClick={() => combobox.toggleDropdown()}
        >
          {fix.title}
        </Button>
      </Combobox.Target>
      <Combobox.Dropdown>
        <Combobox.Search
          value={search}
          onChange={(event) => {
            setSearch(event.currentTarget.value)
            combobox.selectFirstOption()
          }}
          placeholder={t('Search')}
          aria-label={fix.title}
        />
        <ScrollArea.Autosize mah={240} type="scroll">
          <Combobox.Options>
            {found.map(({ value, label }) => (
              <Combobox.Option key={value} value={value}>
                {label}
              </Combobox.Option>
            ))}
            {found.length === 0 ? <Combobox.Empty>{t('Nothing of that name')}</Combobox.Empty> : null}
          </Combobox.Options>
        </ScrollArea.Autosize>
      </Combobox.Dropdown>
    </Combobox>
  )
}

/** Those that begin with what was typed first, the shortest of them first; as they come while nothing is. */
function matching(choices: readonly Choice[], wanted: string): Choice[] {
  if (wanted === '') return [...choices]
  const placeIn = ({ label }: Choice) => label.toLowerCase().indexOf(wanted)
  return choices
    .filter(({ label, value }) => `${label} ${value}`.toLowerCase().includes(wanted))
    .toSorted((one, other) => placeIn(one) - placeIn(other) || one.label.length - other.label.length)
}
