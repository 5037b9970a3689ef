"""What people change and read: policies and their versions, attributes, reports, the doctor."""
