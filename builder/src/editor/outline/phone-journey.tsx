/** A journey on a phone: read as its outline, or looked at as a drawing that is moved and enlarged with the fingers. */
import { SegmentedControl, Text } from '@mantine/core'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { EditorCanvas } from '../canvas/editor-canvas.tsx'
import { useAddress } from '../../ui/route.tsx'
import { Outline } from './outline.tsx'
import classes from './outline.module.css'

export function PhoneJourney() {
  const { t } = useTranslation()
  const isRehearsal = useAddress().searchParams.get('view') === 'simulate'
  const [view, setView] = useState('outline')
  return (
    <div className={classes['phone']}>
      <div className={classes['choice']}>
        <SegmentedControl
          fullWidth
          aria-label={t('How to look at the journey')}
          value={view}
          onChange={setView}
          data={[
            { value: 'outline', label: t('Outline') },
            { value: 'drawing', label: t('Drawing') },
          ]}
        />
        <Text size="xs" c="dimmed" ta="center" mt={4} role={isRehearsal ? 'status' : undefined}>
          {isRehearsal
            ? t('Rehearsing needs a wider screen: open this link on a larger one. Here the journey can be read.')
            : t('On a small screen journeys are read. To change one, open it on a larger one.')}
        </Text>
      </div>
      <div className={classes['view']}>{view === 'outline' ? <Outline /> : <EditorCanvas />}</div>
    </div>
  )
}
