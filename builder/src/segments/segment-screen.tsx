/** One segment: its rule, how many leads it means, some of them, and how they are spread over the stages. */
import { Alert, Button, Group, Modal, Stack, Text, TextInput, Title } from '@mantine/core'
import { useState } from 'react'
import type { SegmentSummary } from '#server/contract/segments.ts'
import { useLibrary, useVocabulary } from '../forms/sources.ts'
import { t } from '../i18n/t.ts'
import { MatchCount, WholeWarnings } from '../rules/match-panel.tsx'
import { RuleEditor, type RuleState } from '../rules/rule-editor.tsx'
import classes from '../rules/rules.module.css'
import type { useMatch } from '../rules/use-match.ts'
import { useMay } from '../sign-in/session-gate.tsx'
import { LeadLink } from '../ui/parts.tsx'
import { goTo, Link } from '../ui/route.tsx'
import { Failure, Loaded, Loading } from '../ui/states.tsx'
import { formatNumber } from '../ui/words.ts'
import { slugOf } from './slug.ts'
import { UsesList } from './segment-uses.tsx'
import { useDeleteSegment, useSaveSegment, useSegment } from './use-segments.ts'

/** `new` begins one. */
export function SegmentScreen({ segmentKey }: { segmentKey: string }) {
  const isNew = segmentKey === 'new'
  const query = useSegment(isNew ? null : segmentKey)
  const library = useLibrary()
  const vocabulary = useVocabulary()
  const failed = library.error ?? vocabulary.error
  const ready = library.data !== undefined && vocabulary.data !== undefined
  const edit = (segment: SegmentSummary | null) =>
    ready ? (
      <SegmentEditor segment={segment} library={library.data.library} vocabulary={vocabulary.data} />
    ) : failed !== null ? (
      <Failure error={failed} onRetry={() => void Promise.all([library.refetch(), vocabulary.refetch()])} />
    ) : (
      <Loading rows={6} height={36} />
    )
  return (
    <>
      <Text size="sm" mb={8}>
        <Link to="/segments">← {t('All segments')}</Link>
      </Text>
      {isNew ? (
        edit(null)
      ) : (
        <Loaded query={query} rows={6}>
          {edit}
        </Loaded>
      )}
    </>
  )
}

const about = { sample: { matching: 20, others: 0 }, byStage: true }

function SegmentEditor({
  segment,
  library,
  vocabulary,
}: {
  segment: SegmentSummary | null
  library: NonNullable<ReturnType<typeof useLibrary>['data']>['library']
  vocabulary: NonNullable<ReturnType<typeof useVocabulary>['data']>
}) {
  const isReadOnly = !useMay('segments:write')
  const [name, setName] = useState(segment?.name ?? '')
  const [state, setState] = useState<RuleState>({ rule: segment?.rule ?? null, isWhole: segment !== null })
  const [isDeleting, setDeleting] = useState(false)
  const save = useSaveSegment()
  const isChanged =
    name !== (segment?.name ?? '') || JSON.stringify(state.rule) !== JSON.stringify(segment?.rule ?? null)
  const isWhole = state.isWhole && state.rule !== null && name.trim() !== ''
  const uses = segment?.usedIn ?? []
  const submit = () => {
    if (state.rule === null || !isWhole) return
    const key = segment?.key ?? slugOf(name, new Set(Object.keys(library.segments)))
    save.mutate({ key, name: name.trim(), rule: state.rule }, { onSuccess: () => goTo('/segments') })
  }
  return (
    <>
      <Title order={1} mb={12}>
        {segment?.name ?? t('New segment')}
      </Title>
      <TextInput
        label={t('Name')}
        maw={420}
        mb={16}
        maxLength={200}
        readOnly={isReadOnly}
        value={name}
        onChange={({ currentTarget }) => setName(currentTarget.value)}
      />
      <RuleEditor
        initial={segment?.rule ?? null}
        onChange={setState}
        library={library}
        vocabulary={vocabulary}
        isReadOnly={isReadOnly}
        about={about}
        beside={(panel) => <Members {...panel} />}
      />
      {save.error === null ? null : (
        <Alert color="red" variant="light" mt={16} role="alert" title={t('The segment was not saved')}>
          {save.error.message}
        </Alert>
      )}
      {isReadOnly ? null : (
        <Group justify="space-between" mt={20}>
          <Group gap={8}>
            <Button onClick={submit} loading={save.isPending} disabled={!isWhole || !isChanged}>
              {segment === null ? t('Create the segment') : t('Save')}
            </Button>
            <Button variant="default" onClick={() => goTo('/segments')}>
              {t('Cancel')}
            </Button>
            {isChanged && uses.length > 0 ? (
              <Text size="xs" c="dimmed">
                {t('What uses it means the new rule from then on.')}
              </Text>
            ) : null}
          </Group>
          {segment === null ? null : (
            <Button variant="subtle" color="red" onClick={() => setDeleting(true)}>
              {t('Delete …')}
            </Button>
          )}
        </Group>
      )}
      {uses.length === 0 ? null : (
        <Stack gap={6} mt={24}>
          <Title order={2} size="h3">
            {t('Used in')}
          </Title>
          <UsesList uses={uses} />
        </Stack>
      )}
      {isDeleting && segment !== null ? <DeleteSegment segment={segment} onClose={() => setDeleting(false)} /> : null}
    </>
  )
}

function DeleteSegment({ segment, onClose }: { segment: SegmentSummary; onClose: () => void }) {
  const remove = useDeleteSegment()
  const isUsed = segment.usedIn.length > 0
  return (
    <Modal opened onClose={onClose} title={t('Delete “{{name}}”?', { name: segment.name })}>
      <Stack gap={12}>
        {isUsed ? (
          <>
            <Text size="sm">{t('It is used here. Take it out of these first:')}</Text>
            <UsesList uses={segment.usedIn} />
          </>
        ) : (
          <Text size="sm">{t('Nothing uses it. The leads in it stay as they are.')}</Text>
        )}
        {remove.error === null ? null : (
          <Text size="sm" c="red" role="alert">
            {remove.error.message}
          </Text>
        )}
        <Group justify="flex-end" gap={8}>
          <Button variant="default" onClick={onClose}>
            {isUsed ? t('Close') : t('Keep it')}
          </Button>
          {isUsed ? null : (
            <Button
              color="red"
              loading={remove.isPending}
              onClick={() => remove.mutate(segment.key, { onSuccess: () => goTo('/segments') })}
            >
              {t('Delete')}
            </Button>
          )}
        </Group>
      </Stack>
    </Modal>
  )
}

function Members({ query, isReady }: { query: ReturnType<typeof useMatch>; isReady: boolean }) {
  const { data, error, isFetching } = query
  if (data === undefined) {
    return (
      <aside className={classes['match']} aria-label={t('Who is in it')}>
        <Text size="sm" c="dimmed">
          {error !== null ? error.message : isReady ? t('Counting …') : t('Finish a condition to see who is in it.')}
        </Text>
      </aside>
    )
  }
  const most = Math.max(1, ...data.byStage.map(({ leads }) => leads))
  return (
    <aside className={classes['match']} aria-label={t('Who is in it')}>
      <div aria-live="polite" aria-busy={isFetching} data-old={!isReady || isFetching}>
        <MatchCount count={data.matching} {...{ isFetching, isEstimate: data.isEstimate }} />
        <Text size="sm" c="dimmed">
          {data.areTestLeads
            ? t('of {{total}} test leads', { total: formatNumber(data.total) })
            : t('of {{total}} leads', { total: formatNumber(data.total) })}
        </Text>
        {error === null ? null : (
          <Text size="xs" c="red">
            {error.message}
          </Text>
        )}
      </div>
      <WholeWarnings warnings={data.warnings} />
      {data.byStage.length === 0 ? null : (
        <div className={classes['bars']} role="table" aria-label={t('By stage')}>
          {data.byStage.map(({ stage, leads }) => (
            <div key={stage} role="row" style={{ display: 'contents' }}>
              <span role="rowheader">{stage.replaceAll('_', ' ')}</span>
              <span
                className={classes['bar']}
                style={{ width: `${String((100 * leads) / most)}%` }}
                aria-hidden="true"
              />
              <span role="cell" style={{ fontVariantNumeric: 'tabular-nums' }}>
                {formatNumber(leads)}
              </span>
            </div>
          ))}
        </div>
      )}
      {data.sample.length === 0 ? null : (
        <div>
          <Text size="xs" c="dimmed" mb={4}>
            {t('The newest of them')}
          </Text>
          {data.sample.map(({ lead }) => (
            <div key={lead.id}>
              <LeadLink lead={lead} />
            </div>
          ))}
        </div>
      )}
    </aside>
  )
}
