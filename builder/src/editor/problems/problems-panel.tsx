/** Everything that is wrong with the journey: the list in the drawer, and how many in the top bar. */
import {
  Alert,
  Anchor,
  Group,
  Loader,
  SegmentedControl,
  Text,
  TextInput,
  UnstyledButton,
  VisuallyHidden,
} from '@mantine/core'
import { useMediaQuery } from '@mantine/hooks'
import {
  IconAlertOctagon,
  IconAlertTriangleFilled,
  IconCircleCheck,
  IconCircleXFilled,
  IconSearch,
} from '@tabler/icons-react'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { findNode } from '#engine/graph/document.ts'
import { useMay } from '../../sign-in/session-gate.tsx'
import { goTo, withParameter } from '../../ui/route.tsx'
import { Empty, Loading } from '../../ui/states.tsx'
import { useCatalogue, useDocument } from '../editor-context.tsx'
import { useEditorMode } from '../modes.ts'
import { ProblemList } from './problem-list.tsx'
import classes from './problems.module.css'
import { standing, tryAgain, useProblems, useProblemsStore, type Problem } from './problems-store.ts'

type Kind = 'all' | 'error' | 'warning'

export function ProblemsPanel() {
  const { t } = useTranslation()
  const problems = useProblems((state) => state.problems)
  const errors = useProblems((state) => state.errors)
  const warnings = useProblems((state) => state.warnings)
  const failure = useProblems((state) => state.failure)
  const stands = useProblems(standing)
  const server = useProblems((state) => state.server)
  const [kind, setKind] = useState<Kind>('all')
  const [search, setSearch] = useState('')
  const nameOf = useNameOf()
  const wanted = search.trim().toLowerCase()
  const shown = problems.filter(
    (problem) =>
      (kind === 'all' || problem.severity === kind) &&
      (wanted === '' || `${nameOf(problem)} ${problem.message} ${problem.code}`.toLowerCase().includes(wanted)),
  )
  // Nothing is known to be fine that could not be looked at.
  if (failure !== null && problems.length === 0) return <NotChecked why={failure} />
  if (stands === 'checking') return <Loading rows={3} height={24} />
  if (stands === 'fine') {
    return (
      <Empty title={t('No problems')}>
        {server === 'unreachable'
          ? t(
              'The server could not be asked, so what only it knows (the company’s address, how mails are rendered) is not checked.',
            )
          : t('As it stands, this journey can be published.')}
      </Empty>
    )
  }
  return (
    <div className={classes['panel']}>
      {failure === null ? null : <NotChecked why={failure} />}
      <Group gap={8} px={12} py={6} wrap="nowrap">
        <SegmentedControl
          size="xs"
          aria-label={t('Which problems')}
          value={kind}
          onChange={(value) => setKind(value as Kind)}
          data={[
            { value: 'all', label: t('All {{count}}', { count: problems.length }) },
            { value: 'error', label: t('Errors {{count}}', { count: errors }) },
            { value: 'warning', label: t('Warnings {{count}}', { count: warnings }) },
          ]}
        />
        <TextInput
          size="xs"
          leftSection={<IconSearch size={13} aria-hidden />}
          placeholder={t('Filter by step or words')}
          aria-label={t('Filter problems')}
          value={search}
          onChange={(event) => setSearch(event.currentTarget.value)}
        />
        <Text size="xs" c="dimmed" visibleFrom="sm" truncate>
          {server === 'unreachable'
            ? t('Not checked by the server: it does not answer.')
            : t('F8 goes to the next one')}
        </Text>
      </Group>
      {shown.length === 0 ? <Empty title={t('None of them matches')} /> : <ProblemList problems={shown} />}
    </div>
  )
}

/** The page's own check does not work: why, whose list this is instead, and how to begin anew. */
function NotChecked({ why }: { why: string }) {
  const { t } = useTranslation()
  const store = useProblemsStore()
  const isTrying = useProblems((state) => state.state === 'checking')
  const isEmpty = useProblems((state) => state.problems.length === 0)
  const isOfServer = useProblems((state) => state.listOf === 'server' && state.server !== 'unreachable')
  const instead = isOfServer
    ? isEmpty
      ? t('The server, asked instead, found nothing.')
      : t('What the server found is listed.')
    : isEmpty
      ? ''
      : t('What was found before is listed; it may be out of date.')
  return (
    <Alert
      className={classes['failure']}
      color="red"
      variant="light"
      icon={<IconAlertOctagon />}
      title={t('The journey could not be checked')}
      role="alert"
    >
      <Text size="sm">
        {why} {instead}{' '}
        {isTrying ? (
          <Loader size={12} aria-label={t('Checking')} />
        ) : (
          <Anchor component="button" type="button" size="sm" underline="always" onClick={() => tryAgain(store)}>
            {t('Try again')}
          </Anchor>
        )}
      </Text>
    </Alert>
  )
}

function useNameOf(): (problem: Problem) => string {
  const catalogue = useCatalogue()
  const document = useDocument()
  return ({ nodeId }) => {
    const node = nodeId === undefined ? undefined : findNode(document, nodeId)
    return node === undefined ? (nodeId ?? '') : catalogue.titleOf(node)
  }
}

/** How many problems there are; a click opens the list. */
export function ProblemsCounter() {
  const { t } = useTranslation()
  const errors = useProblems((state) => state.errors)
  const warnings = useProblems((state) => state.warnings)
  const stands = useProblems(standing)
  const mayEdit = useMay('journeys:write')
  const isPhone = useMediaQuery('(max-width: 767px)', undefined, { getInitialValueInEffect: false })
  const isDrawn = useEditorMode(mayEdit) === 'build'
  if (stands === 'checking') return null
  const none = stands === 'fine'
  const isFailed = stands === 'failed'
  const words = none
    ? t('No problems')
    : [
        isFailed ? t('Could not be checked') : '',
        errors === 0 ? '' : t(errors === 1 ? '1 error' : '{{count}} errors', { count: errors }),
        warnings === 0 ? '' : t(warnings === 1 ? '1 warning' : '{{count}} warnings', { count: warnings }),
      ]
        .filter((word) => word !== '')
        .join(', ')
  const shown = (
    <>
      <VisuallyHidden>{none || !mayEdit ? words : t('Show problems: {{words}}', { words })}</VisuallyHidden>
      {none ? <IconCircleCheck size={16} className={classes['fine']} aria-hidden /> : null}
      {isFailed ? (
        <span className={classes['count']} data-severity="error">
          <IconAlertOctagon size={16} aria-hidden />
          <Text span size="xs" visibleFrom="lg" aria-hidden>
            {t('Not checked')}
          </Text>
        </span>
      ) : null}
      {errors > 0 ? (
        <span className={classes['count']} data-severity="error">
          <IconCircleXFilled size={15} aria-hidden />
          <span aria-hidden>{errors}</span>
        </span>
      ) : null}
      {warnings > 0 ? (
        <span className={classes['count']} data-severity="warning">
          <IconAlertTriangleFilled size={15} aria-hidden />
          <span aria-hidden>{warnings}</span>
        </span>
      ) : null}
    </>
  )
  // Who may only read has no list to go to.
  if (!mayEdit) {
    return (
      <span className={classes['counter']} title={words}>
        {shown}
      </span>
    )
  }
  return (
    <UnstyledButton
      className={classes['counter']}
      title={words}
      onClick={() => {
        // The list is where the journey is drawn: in the drawer, or on a phone in place of the outline.
        const address = new URL(location.href)
        address.searchParams.delete('view')
        goTo(withParameter(address, 'drawer', 'problems'), { replace: isDrawn && !isPhone })
      }}
    >
      {shown}
    </UnstyledButton>
  )
}
