'use strict';
// Joins the surveys of its application, asks one question, and ends them with the answer.

const staying = require('./staying');

function begin(agent, task) {
  const asked = new Map(); // survey dialog → its conversation
  const isOurs = (dialog) => dialog.dialogType === 'POST_SURVEY' && dialog.state === 'OPEN'
    && dialog.metaData && dialog.metaData.appInstallId === task.app;

  agent.on('cqm.ExConversationChangeNotification', ({ changes }) => {
    changes.filter(({ type }) => type === 'UPSERT').forEach(({ result: { convId, conversationDetails } }) => {
      conversationDetails.dialogs.filter(isOurs).forEach(({ dialogId }) => {
        if (asked.has(dialogId)) return;
        asked.set(dialogId, convId);
        const join = { field: 'ParticipantsChange', type: 'ADD', role: 'AGENT', dialogId };
        staying.change(agent, convId, [join], () => {
          staying.say(agent, dialogId, 'How was it, from 1 to 5?', () => {
            staying.print({ did: 'ask', dialogId });
          });
        });
      });
    });
  });

  agent.on('ms.MessagingEventNotification', ({ changes }) => {
    changes.forEach(({ dialogId, event, originatorMetadata }) => {
      if (!asked.has(dialogId) || event.type !== 'ContentEvent') return;
      if (originatorMetadata.role !== 'CONSUMER') return;
      staying.say(agent, dialogId, 'Thank you.', () => {
        const dialog = { dialogId, state: 'CLOSE', closedBy: 'AGENT', closedCause: 'Completed' };
        staying.change(agent, asked.get(dialogId), [{ field: 'DialogChange', type: 'UPDATE', dialog }], () => {
          staying.print({ did: 'finish', dialogId, answer: event.message });
        });
      });
    });
  });
}

function arrive(agent) {
  agent.subscribeExConversations({ stage: ['OPEN'] }, staying.then('subscribe'));
}

staying.run({ begin, arrive });
