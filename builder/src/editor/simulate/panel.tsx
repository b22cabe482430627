/** Log, coverage and test cases of the rehearsal. */
import { Tabs } from '@mantine/core'
import { useCommands, type Command } from '../../commands/registry.ts'
import { t } from '../../i18n/t.ts'
import { CasesTab } from './cases-tab.tsx'
import { CoverageTab } from './coverage-tab.tsx'
import { LogTab } from './log-tab.tsx'
import { useSimulate, useSimulateStore, type SimulateState, type SimulateStore } from './simulate-store.ts'
import classes from './simulate.module.css'

function command(store: SimulateStore, tab: SimulateState['tab'], title: string): Command {
  const isEnabled = () => store.getState().tab !== tab
  return { id: `rehearsal.${tab}`, title, group: 'View', isEnabled, run: () => store.setState({ tab }) }
}

export default function Panel() {
  const store = useSimulateStore()
  const tab = useSimulate((one) => one.tab)
  useCommands([
    command(store, 'log', t('Rehearsal: log')),
    command(store, 'coverage', t('Rehearsal: coverage')),
    command(store, 'cases', t('Rehearsal: test cases')),
  ])
  return (
    <Tabs
      value={tab}
      onChange={(value) => store.setState({ tab: (value ?? 'log') as SimulateState['tab'] })}
      className={classes['tabs'] ?? ''}
      keepMounted={false}
    >
      <Tabs.List px={8}>
        <Tabs.Tab value="log">{t('Log')}</Tabs.Tab>
        <Tabs.Tab value="coverage">{t('Coverage')}</Tabs.Tab>
        <Tabs.Tab value="cases">{t('Test cases')}</Tabs.Tab>
      </Tabs.List>
      <Tabs.Panel value="log" className={classes['scroll'] ?? ''}>
        <LogTab />
      </Tabs.Panel>
      <Tabs.Panel value="coverage" className={classes['scroll'] ?? ''}>
        <CoverageTab />
      </Tabs.Panel>
      <Tabs.Panel value="cases" className={classes['scroll'] ?? ''}>
        <CasesTab />
      </Tabs.Panel>
    </Tabs>
  )
}
