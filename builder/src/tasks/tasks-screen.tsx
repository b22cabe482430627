import { SegmentedControl, Title, VisuallyHidden } from '@mantine/core'
import { taskStatuses, type TaskStatus } from '#engine/vocabulary.ts'
import { Panel } from '../ui/parts.tsx'
import { goTo, useAddress, withParameter } from '../ui/route.tsx'
import { taskStatusWords } from '../ui/words.ts'
import { TaskList } from './task-list.tsx'

/** All tasks, by status (`?status=`). */
export function TasksScreen() {
  const address = useAddress()
  const asked = address.searchParams.get('status')
  const status: TaskStatus = taskStatuses.find((known) => known === asked) ?? 'open'
  return (
    <>
      <VisuallyHidden>
        <Title order={1}>Tasks</Title>
      </VisuallyHidden>
      <Panel
        title="Tasks for people"
        action={
          <SegmentedControl
            size="xs"
            value={status}
            onChange={(value) => goTo(withParameter(address, 'status', value === 'open' ? null : value))}
            data={taskStatuses.map((value) => ({ value, label: taskStatusWords[value] }))}
          />
        }
      >
        <TaskList key={status} status={status} />
      </Panel>
    </>
  )
}
