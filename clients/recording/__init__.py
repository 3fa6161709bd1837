"""The ceremonies as they cross the wire: recorded between real phones and a real server, written as pages."""
