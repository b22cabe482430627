/** Where a way out leads: a way, then a step, each from a list that is searched by typing. */
import { Button, Combobox, Group, InputBase, Modal, ScrollArea, Select, Stack, useCombobox } from '@mantine/core'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { edgeFrom, findNode, refuseConnection } from '#engine/graph/document.ts'
import { useCatalogue, useDocument } from '../editor-context.tsx'

interface ConnectDialogProps {
  from: string
  /** The way it begins with; absent: the first that leads nowhere. */
  port?: string
  onConnect: (port: string, to: string) => void
  onDisconnect: (port: string) => void
  onClose: () => void
}

export function ConnectDialog({ from, port, onConnect, onDisconnect, onClose }: ConnectDialogProps) {
  const { t } = useTranslation()
  const document = useDocument()
  const catalogue = useCatalogue()
  const node = findNode(document, from)
  const ports = node === undefined ? [] : catalogue.portsOf(node)
  const free = ports.find(({ id }) => edgeFrom(document, from, id) === undefined)
  const [chosen, setChosen] = useState(port ?? free?.id ?? ports[0]?.id ?? '')
  const [search, setSearch] = useState('')
  const combobox = useCombobox({ defaultOpened: true })
  const present = edgeFrom(document, from, chosen)?.to
  const titles = new Map(document.graph.nodes.map((one) => [one.id, catalogue.titleOf(one)]))
  const wanted = search.trim().toLowerCase()
  const found = document.graph.nodes
    .filter(({ id }) => id !== from && refuseConnection(document, from, id) === null)
    .filter((one) => `${catalogue.titleOf(one)} ${one.id} ${catalogue.summaryOf(one)}`.toLowerCase().includes(wanted))
    .slice(0, 100)
  return (
    <Modal
      opened
      onClose={onClose}
      returnFocus={false}
      transitionProps={{ duration: 0 }}
      title={t('Where does “{{name}}” lead?', { name: titles.get(from) ?? from })}
      onKeyDown={(event) => event.stopPropagation()}
    >
      <Stack gap={12}>
        {ports.length < 2 ? null : (
          <Select
            label={t('Way out')}
            allowDeselect={false}
            value={chosen}
            onChange={(value) => setChosen(value ?? chosen)}
            data={ports.map(({ id, label }) => {
              const to = edgeFrom(document, from, id)?.to
              return { value: id, label: to === undefined ? label : `${label} → ${titles.get(to) ?? to}` }
            })}
          />
        )}
        <Combobox
          store={combobox}
          withinPortal={false}
          onOptionSubmit={(to) => {
            onConnect(chosen, to)
            onClose()
          }}
        >
          <Combobox.Target>
            <InputBase
              data-autofocus
              label={t('Step')}
              placeholder={t('Search steps of this journey')}
              value={search}
              onChange={(event) => {
                setSearch(event.currentTarget.value)
                combobox.openDropdown()
                combobox.selectFirstOption()
              }}
              onFocus={() => combobox.openDropdown()}
            />
          </Combobox.Target>
          <Combobox.Dropdown>
            <ScrollArea.Autosize mah={260} type="scroll">
              <Combobox.Options aria-label={t('Steps')}>
                {found.map((one) => (
                  <Combobox.Option key={one.id} value={one.id} active={one.id === present}>
                    {catalogue.titleOf(one)} <small>{catalogue.summaryOf(one)}</small>
                  </Combobox.Option>
                ))}
                {found.length === 0 ? <Combobox.Empty>{t('No step of that name')}</Combobox.Empty> : null}
              </Combobox.Options>
            </ScrollArea.Autosize>
          </Combobox.Dropdown>
        </Combobox>
        {present === undefined ? null : (
          <Group justify="space-between" mt={combobox.dropdownOpened ? 270 : 0}>
            <Button
              variant="default"
              onClick={() => {
                onDisconnect(chosen)
                onClose()
              }}
            >
              {t('Take the connection to “{{name}}” away', { name: titles.get(present) ?? present })}
            </Button>
          </Group>
        )}
      </Stack>
    </Modal>
  )
}
