'use strict';
// Joins every open conversation as a manager and leaves a note that customers do not see.

const staying = require('./staying');

const JOIN = { field: 'ParticipantsChange', type: 'ADD', role: 'MANAGER' };

function begin(agent) {
  const joined = new Set();
  agent.on('cqm.ExConversationChangeNotification', ({ changes }) => {
    changes.filter(({ type }) => type === 'UPSERT').forEach(({ result: { convId, conversationDetails } }) => {
      const served = conversationDetails.participants.some((p) => p.role === 'ASSIGNED_AGENT');
      if (!served || joined.has(convId)) return;
      joined.add(convId);
      staying.change(agent, convId, [JOIN], () => {
        agent.publishEvent({
          dialogId: convId,
          event: staying.text('Please be kind.'),
          messageAudience: 'AGENTS_AND_MANAGERS',
        }, staying.then('note', ({ sequence }) => {
          staying.print({ did: 'note', conversationId: convId, sequence });
        }));
      });
    });
  });
  agent.on('ms.MessagingEventNotification', ({ changes }) => {
    changes.filter(({ event }) => event.type === 'ContentEvent').forEach((change) => {
      staying.print({ did: 'overhear', text: change.event.message, role: change.originatorMetadata.role });
    });
  });
}

function arrive(agent) {
  agent.subscribeExConversations({ convState: ['OPEN'] }, staying.then('subscribe'));
}

staying.run({ begin, arrive });
