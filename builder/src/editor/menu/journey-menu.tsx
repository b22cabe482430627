/** What can be had of the open journey, by whoever may read it. */
import { ActionIcon, Menu } from '@mantine/core'
import { IconDots } from '@tabler/icons-react'
import { useTranslation } from 'react-i18next'
import { createJourney } from '#server/contract/drafts.ts'
import { call } from '../../api/client.ts'
import { useCommands } from '../../commands/registry.ts'
import { exportKinds, type ExportKind } from '../../journeys/export-kinds.ts'
import { useMay } from '../../sign-in/session-gate.tsx'
import { goTo, withParameter } from '../../ui/route.tsx'
import { notifyFailed } from '../../ui/notify.ts'
import { useEditorStore } from '../editor-context.tsx'
import { openSheet } from '../publish/sheets.ts'
import { useSaver } from '../saving/saving-context.tsx'
import { whenSaved } from '../simulate/when-saved.ts'

/** On a phone it also has what stands beside the button that publishes. */
export function JourneyMenu({ isPhone }: { isPhone: boolean }) {
  const { t } = useTranslation()
  const duplicate = useDuplicate()
  const run = useExport()
  const mayEdit = useMay('journeys:write')
  useCommands([
    ...exportKinds.map(({ kind, label }) => ({
      id: `journey.export-${kind}`,
      title: label,
      group: 'Journey' as const,
      run: () => run(kind),
    })),
    {
      id: 'journey.duplicate',
      title: t('Duplicate this journey'),
      group: 'Journey',
      isEnabled: () => mayEdit,
      run: duplicate,
    },
    {
      id: 'journey.save-template',
      title: t('Save as template…'),
      group: 'Journey',
      isEnabled: () => mayEdit,
      run: () => openSheet({ sheet: 'template' }),
    },
  ])
  return (
    <Menu position="bottom-end">
      <Menu.Target>
        <ActionIcon variant="subtle" color="gray" size={30} aria-label={t('More about this journey')}>
          <IconDots size={16} />
        </ActionIcon>
      </Menu.Target>
      <Menu.Dropdown>
        {isPhone ? (
          <>
            <Menu.Item onClick={() => openSheet({ sheet: 'history' })}>{t('Version history')}</Menu.Item>
            <Menu.Item onClick={() => goTo(addressOfActivity())}>{t('Activity')}</Menu.Item>
          </>
        ) : null}
        {mayEdit ? <Menu.Item onClick={duplicate}>{t('Duplicate')}</Menu.Item> : null}
        {mayEdit ? (
          <Menu.Item onClick={() => openSheet({ sheet: 'template' })}>{t('Save as template…')}</Menu.Item>
        ) : null}
        {exportKinds.map(({ kind, label }) => (
          <Menu.Item key={kind} onClick={() => run(kind)}>
            {label}
          </Menu.Item>
        ))}
      </Menu.Dropdown>
    </Menu>
  )
}

/** On a phone the drawer's parts are pages of the journey. */
function addressOfActivity(): string {
  const address = new URL(location.href)
  address.searchParams.delete('view')
  return withParameter(address, 'drawer', 'activity')
}

/** A new journey with the draft of this one; it is opened. */
function useDuplicate(): () => void {
  const { t } = useTranslation()
  const store = useEditorStore()
  const saver = useSaver()
  return () => {
    const work = async () => {
      await whenSaved(store, saver)
      const { document, name, description } = store.getState().content
      const body = { name: t('Copy of {{name}}', { name }), description, ...document }
      goTo(`/journeys/${(await call(createJourney, { body })).key}`)
    }
    work().catch(notifyFailed)
  }
}

/** Exported is what the server has; so what was drawn a moment ago is saved first. */
function useExport(): (kind: ExportKind) => void {
  const store = useEditorStore()
  const saver = useSaver()
  return (kind) => {
    const work = async () => {
      await whenSaved(store, saver)
      const { exportJourney } = await import('../../journeys/export-journey.ts')
      await exportJourney(store.getState().journey.key, kind)
    }
    work().catch(notifyFailed)
  }
}
